"""Reading published Chinese texts: the figures and targets that a plan or a bulletin states, as drafts to be confirmed."""
