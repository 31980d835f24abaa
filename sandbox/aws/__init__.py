"""The AWS plant: a process that answers boto3 like an account with the studio's services in it.

moto keeps the control plane; what moto leaves out (traffic, metrics, deployments, health) is
grown here. Started by `python -m sandbox.aws`, reached only over HTTP. `plant` holds the state,
`seed` fills it from the topology, `traffic` lets customers use it, `rollouts` and `one_off` let
tasks come and go as their `releases` are, `mends` correct moto's answers, `gate` stands before
every AWS call, `control` and `knobs` are for tests and people.
"""
