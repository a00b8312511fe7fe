"""What an ECS deployment does, on a virtual clock: no AWS, no threads, no randomness.

``service.Service`` simulates one service event by event and takes commands; ``prediction.predict`` answers for one
deployment how it ends, how long it takes and why. Every rule names the AWS page it comes from and says whether it is
documented there, observed in public reports, or assumed; ``docs/rollout-model.md`` lists them.
"""
