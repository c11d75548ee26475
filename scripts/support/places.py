"""Addresses by the country they are registered in, and how far those countries are from each other.

The addresses are real and of large old allocations: access networks for people, a hoster's or an anonymising network's for what comes from
elsewhere. What registers them decides, not where anybody is. Distances are from border to border, by an atlas, and round: stories keep far from
every limit.
"""

# Country -> the first three bytes of networks; any last byte will do.
NETWORKS = {
    "JP": ["133.242.18", "126.60.1"],
    "KR": ["211.234.10", "175.223.10"],
    "TW": ["114.32.3", "61.228.10"],
    "RU": ["95.165.3", "5.188.10"],
    "NL": ["84.104.10", "185.107.56"],
    "DE": ["87.128.3", "185.220.101"],
    "GB": ["86.1.2", "81.128.3"],
    "FR": ["90.0.3"],
    "US": ["73.15.20", "71.190.3"],
    "BR": ["177.32.3", "189.60.3"],
}
# Japan's mobile and home networks, from which people have another address every day.
MOBILE = ("126.78.", "126.99.", "126.121.", "2400:4050:")
# Amazon's own, in Tokyo: registered in the United States, and no country to anybody who knows.
AMAZON = "3.112.23"
# A runner of GitHub's: Microsoft's network.
RUNNER = "20.42.11.16"
NEAR = 0
DISTANCES = {
    ("JP", "KR"): NEAR, ("JP", "RU"): NEAR, ("JP", "TW"): NEAR, ("GB", "US"): 5_300, ("FR", "GB"): NEAR, ("DE", "NL"): NEAR,
    ("BR", "JP"): 15_000, ("DE", "JP"): 7_900, ("GB", "JP"): 8_200, ("JP", "NL"): 8_300, ("FR", "JP"): 8_500, ("JP", "US"): 4_000,
}


def country_of(address):
    """The country the address is registered in; `None` for what is no such address."""
    if address == RUNNER:
        return "US"
    if address.startswith(MOBILE):
        return "JP"
    network = address.rpartition(".")[0]
    return next((country for country, networks in NETWORKS.items() if network in networks), None)


def kilometres(one, other):
    return DISTANCES[tuple(sorted((one, other)))]


def mobile(rand):
    """Another address of a Japanese mobile network: a new one every day."""
    start = rand.choice(MOBILE)
    if ":" in start:
        return start + ":".join(f"{rand.randint(0x1000, 0xFFFF):x}" for _ in range(6))
    return f"{start}{rand.randint(1, 250)}.{rand.randint(1, 250)}"
