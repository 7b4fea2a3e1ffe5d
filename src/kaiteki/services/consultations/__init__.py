"""パブリックコメント・意見公募: a draft with its documents, opinions by web, paper and mail, a numbered answer for each of them.

How it flows: `announcing` prepares and announces a draft; `commenting` takes opinions in (web, paper) until the period is over;
`answering` writes answers, says which opinion gets which, and publishes the result when none is left; `course` is the case, `model` what
is kept.
"""
