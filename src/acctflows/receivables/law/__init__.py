"""What the law says of late payments: default, base rates, interest, business days."""
