//! What must be known before what; or the circle in which each waits for the next.

/// The numbers `0..edges.len()`, each behind those it needs (`edges[n]`). An error is a circle, in the order of the needs.
/// Without recursion: a chain may be as long as a template.
pub(crate) fn order(edges: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; edges.len()];
    let mut ordered = Vec::with_capacity(edges.len());
    for start in 0..edges.len() {
        // The way from the start to here, each with the next of its needs to look at.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        while let Some((here, next)) = way.pop() {
            let (Some(mark), Some(needs)) = (marks.get_mut(here), edges.get(here)) else { continue };
            if *mark == Mark::Done {
                continue;
            }
            *mark = Mark::Open;
            let Some(need) = needs.get(next).copied() else {
                *mark = Mark::Done;
                ordered.push(here);
                continue;
            };
            way.push((here, next + 1));
            match marks.get(need) {
                Some(Mark::Open) => {
                    return Err(way
                        .into_iter()
                        .map(|(node, _)| node)
                        .skip_while(|node| *node != need)
                        .collect());
                }
                Some(Mark::New) => way.push((need, 0)),
                _ => {}
            }
        }
    }
    Ok(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_behind_what_it_needs() {
        assert_eq!(order(&[vec![2], vec![0, 2], vec![]]), Ok(vec![2, 0, 1]));
    }

    #[test]
    fn a_circle_is_given_in_the_order_of_the_needs() {
        assert_eq!(order(&[vec![], vec![2], vec![3], vec![1]]), Err(vec![1, 2, 3]));
        assert_eq!(order(&[vec![0]]), Err(vec![0]));
    }

    #[test]
    fn a_chain_may_be_long() {
        let edges: Vec<Vec<usize>> =
            (0..100_000).map(|n| if n == 0 { vec![] } else { vec![n - 1] }).collect();
        assert_eq!(order(&edges).unwrap().len(), 100_000);
    }
}
