"""データの要望: anybody asks the town for a data set, others join in, and the town answers in public.

How it flows: `asking` takes a request in (number, day by which an answer is due, contact sealed) and lets others support it or
the asker withdraw it; `answering` is what the office does (look through and make public, assign, each step with a public answer,
merge); `browse` and `desk` are the pages; `course` is the case on kit.lifecycle, `model` what is kept, `kinds` what is told of it.
"""
