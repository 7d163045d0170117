"""Live pages: a socket tells a page which tasks changed, and the page looks at them.

What is sent is a wake-up signal. It may be lost: a page also looks when it connects and once a minute. A process with many
open pages makes one query for each burst of changes, and one every few seconds for whether these people may still listen.
"""
