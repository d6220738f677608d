"""Records as the tables that astronomers' programs read: VOTable, parquet, DS9 regions."""
