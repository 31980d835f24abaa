"""The network tasks live in: one private one with two subnets, and its free addresses.

`seed` makes it. Every task takes an address of the first subnet and gives it back at its end;
`/_control/subnets` says how many are left.
"""

from __future__ import annotations

from sandbox.aws.plant import Network, Plant


def build(plant: Plant) -> Network:
    """A network ECS takes: awsvpc tasks need one with DNS host names."""
    ec2 = plant.ec2
    vpc = ec2.create_vpc("10.20.0.0/16")
    ec2.modify_vpc_attribute(vpc.id, "enable_dns_support", "true")
    ec2.modify_vpc_attribute(vpc.id, "enable_dns_hostnames", "true")
    subnets = [
        ec2.create_subnet(vpc.id, f"10.20.{index}.0/24", availability_zone=f"{plant.region}{zone}")
        for index, zone in enumerate("ab")
    ]
    group = ec2.create_security_group("filmops-sandbox", "Everything in the sandbox", vpc.id)
    return Network(vpc=vpc.id, subnets=[subnet.id for subnet in subnets], security_group=group.id)


def free_addresses(plant: Plant) -> int:
    """What all subnets have left, as DescribeSubnets counts; below 0 when too many were taken."""
    return sum(
        subnet.available_ip_address_count
        for subnet in plant.ec2.describe_subnets(subnet_ids=plant.network.subnets)
    )


def leave_free(plant: Plant, addresses: int) -> None:
    """Let the subnets have so many free addresses together, all of them in the first one.

    Raises ValueError below 0.
    """
    if addresses < 0:
        raise ValueError("free_addresses is 0 or more")
    first = plant.network.subnets[0]
    for subnet in plant.ec2.describe_subnets(subnet_ids=plant.network.subnets):
        wanted = addresses if subnet.id == first else 0
        # moto counts them from the subnet's size and has no other way to make it small.
        subnet._available_ip_addresses += wanted - subnet.available_ip_address_count  # noqa: SLF001
