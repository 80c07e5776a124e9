"""An independent programming of the reference study's ADaM datasets, in plain pandas.

Written from the study design alone (sections 1, 4, 5, 6.1 and 10; section 10 wins), without the engine, the
derivations or the tables of the specification, so that a misreading on one side shows as a difference.
Each rule names the id or section of the design that it follows; a rule that the design leaves open says which
reading is used. Input is the folder of SDTM files that `build sdtm` writes.
"""
