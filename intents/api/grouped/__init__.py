"""The short path of hot calls: requests that arrive together share a transaction.

It takes what is plain: a call by a machine key that was looked up a moment ago. `taking.take` reads it on the event loop,
and asks nobody; `taking.run` does what a group wants on a thread. Whatever is not plain, is refused, or was done before is
left to the ordinary path, the route of the API, which alone tells why. Both call the same services, so both give the same
answers.
"""
