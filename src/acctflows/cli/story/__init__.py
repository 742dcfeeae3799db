"""The demo's story: a client's way through the house, on simulated days, each act with its link."""
