//! Lambda runtimes that are retired: AWS mends nothing in them any more, and in time refuses to create and change such
//! functions.

use super::Findings;
use crate::Stacks;

/// Retired runtimes, when AWS deprecated each and what comes after it. From AWS's list "Lambda runtimes" of November 2026;
/// dates of 2026 as it announced them.
const RETIRED: [(&str, &str, &str); 31] = [
    ("dotnet5.0", "2022-05-10", "dotnet10"),
    ("dotnet6", "2024-12-20", "dotnet10"),
    ("dotnet7", "2024-05-14", "dotnet10"),
    ("dotnet8", "2026-11-10", "dotnet10"),
    ("dotnetcore1.0", "2019-06-27", "dotnet10"),
    ("dotnetcore2.0", "2019-05-30", "dotnet10"),
    ("dotnetcore2.1", "2022-01-05", "dotnet10"),
    ("dotnetcore3.1", "2023-04-03", "dotnet10"),
    ("go1.x", "2024-01-08", "provided.al2023"),
    ("java8", "2024-01-08", "java25"),
    ("nodejs", "2016-10-31", "nodejs24.x"),
    ("nodejs10.x", "2021-07-30", "nodejs24.x"),
    ("nodejs12.x", "2023-03-31", "nodejs24.x"),
    ("nodejs14.x", "2023-12-04", "nodejs24.x"),
    ("nodejs16.x", "2024-06-12", "nodejs24.x"),
    ("nodejs18.x", "2025-09-01", "nodejs24.x"),
    ("nodejs20.x", "2026-04-30", "nodejs24.x"),
    ("nodejs4.3", "2020-03-05", "nodejs24.x"),
    ("nodejs6.10", "2019-08-12", "nodejs24.x"),
    ("nodejs8.10", "2020-03-06", "nodejs24.x"),
    ("provided", "2024-01-08", "provided.al2023"),
    ("provided.al2", "2026-07-31", "provided.al2023"),
    ("python2.7", "2021-07-15", "python3.14"),
    ("python3.10", "2026-10-31", "python3.14"),
    ("python3.6", "2022-07-18", "python3.14"),
    ("python3.7", "2023-12-04", "python3.14"),
    ("python3.8", "2024-10-14", "python3.14"),
    ("python3.9", "2025-12-15", "python3.14"),
    ("ruby2.5", "2021-07-30", "ruby3.4"),
    ("ruby2.7", "2023-12-07", "ruby3.4"),
    ("ruby3.2", "2026-03-31", "ruby3.4"),
];

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    for function in &stacks.functions {
        let Some(runtime) = &function.runtime else { continue };
        if let Some((name, date, next)) = RETIRED.iter().find(|(name, ..)| *name == runtime.value) {
            findings.warn(
                "retired-runtime",
                &function.origin,
                runtime.span,
                format!("the runtime {name} was retired on {date}: AWS mends nothing in it any more, and in time refuses to create or change functions with it"),
                format!("write {next}, and run the code with it once"),
            );
        }
    }
}
