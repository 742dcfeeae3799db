"""Evidence of an acceptance, the agency's seal under it, and what a file says when it comes back.

A page of evidence is written (`evidence`), added to the accepted file (`append`) and sealed with
the agency's certificate (`certificate`, `seal`). Later any file can be held against it (`verify`),
and a file signed elsewhere can be read (`external`).
"""
