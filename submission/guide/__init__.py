"""The reviewer's guides of the tabulations (cSDRG) and of the analysis datasets (ADRG), filled from a build."""
