"""市民提案: people propose something to the town, support, comment and amend it, and hear of each step until it stands there or of why it does not.

    make ─► open ─► examining ─► accepted ─► project ─► done        every arrow: a line in public, a letter to each follower, once
              │         │  └───► declined        └────► stopped
              ├─ withdraw (author)      both ─ reopen ─► examining
              └─ merge ─► merged: supporters and followers go over, each once

`making` takes a proposal in and lets people support and follow it; `commenting` is comments, flags and hiding; `amending` is changes to its
text; `answering` is what the office does, merging among it; `circles` is who supports and follows, `course` the case, `model` what is
kept.
"""
