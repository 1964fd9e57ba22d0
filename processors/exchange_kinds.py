"""What a reply is to its question, and what a customer's next words are to both."""

from __future__ import annotations

REPLY_KINDS = ("answers", "generic", "wrong", "clarifies", "acknowledges")
"""A usable answer; words that would fit any question; an answer to something else; a question
that must be answered first; a promise to look into it."""
REACTION_KINDS = (
    *("accepts", "rejects", "rephrases", "follows_up"),
    *("new_question", "asks_human", "answers", "nudges"),
)
"""`answers`: gives what the reply asked for; the others are what they say."""
