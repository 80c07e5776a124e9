"""Explains single values of a stage that ran: the tree of rules, rows and cells behind each."""
