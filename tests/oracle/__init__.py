"""A second implementation of the wire, membership and merging, written from schemas/ alone.

It shares no line with the C: it is slow, keeps everything in memory and follows the pages sentence by sentence, so that
where the two differ one of them, or a page, is wrong.
"""
