"""The province's side: finished uploads beside a tus server are checked, stored once, and receipted."""
