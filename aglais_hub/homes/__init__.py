"""The files of accounts' homes, for whoever holds them: measured by space, and removed safely."""
