"""Status reports: what was done, what comes, hours and budget, risks, what the client owes."""
