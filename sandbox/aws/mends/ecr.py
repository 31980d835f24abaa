"""ecr: images in pages, in the order they were asked for or pushed, by tag status.

moto gives them all at once, and those asked for by tag in no order.
"""

from __future__ import annotations

import json
from typing import Any

from moto.core.responses import ActionResult
from moto.ecr.responses import ECRResponse

from sandbox.aws.mends import Own, mend, paged
from sandbox.aws.plant import Plant
from sandbox.aws.refusal import refusal


def install(plant: Plant) -> None:
    """Mend describe_images and list_images."""

    def describe_images(call: Any, own: Own) -> ActionResult:
        return _describe(_params(call), own)

    def list_images(call: Any, own: Own) -> ActionResult:
        found: Any = own().result
        page, token = paged(found["imageIds"], _params(call))
        return ActionResult({"imageIds": page, "nextToken": token})

    for action in (describe_images, list_images):
        mend(ECRResponse, action.__name__, action)


def _params(call: Any) -> Any:
    """moto does not parse this service's parameters."""
    return json.loads(call.body)


def _describe(params: Any, own: Own) -> ActionResult:
    asked = params.get("imageIds") or []
    if asked and (params.get("maxResults") or params.get("nextToken")):
        text = "maxResults and nextToken cannot be used with imageIds"
        raise refusal("ecr", "InvalidParameterException", text)
    answer: Any = own().result
    status = (params.get("filter") or {}).get("tagStatus") or "ANY"
    found = [
        image
        for image in answer["imageDetails"]
        if status == "ANY" or (status == "TAGGED") == hasattr(image, "image_tags")
    ]
    # AWS promises no order; the same one every time is kinder to who reads.
    found.sort(key=lambda image: str(image.image_pushed_at), reverse=True)
    page, token = paged(found, params)
    return ActionResult({"imageDetails": page, "nextToken": token})
