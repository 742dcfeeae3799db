"""The agency's records: its own profile, clients, contacts, projects and their plans."""
