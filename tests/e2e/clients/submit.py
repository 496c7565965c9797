#!/usr/bin/env python3
"""Submits a contact to a hub that runs under .mash, with nothing generated: the contract
is asked for over gRPC reflection.

    pip install grpcio grpcio-reflection grpcio-status protobuf
    python3 tests/e2e/clients/submit.py "Left alone in the evenings."
"""
import json
import pathlib
import sys
import uuid

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

folder = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else ".mash")
hub = json.loads((folder / "hub.json").read_text())
address = next(one["address"] for one in hub["processes"] if one["name"] == "intake")
token = pathlib.Path(hub["tokens"]["referrer"]).read_text().strip()
authority = pathlib.Path(hub["services_ca"]).read_bytes()

channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(authority))
contracts = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
service = contracts.FindServiceByName("mash.intake.v1.IntakeService")
method = service.methods_by_name["SubmitContact"]
request_class, reply_class = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

request = json_format.ParseDict(
    {
        "request_id": str(uuid.uuid4()),
        "channel": "CHANNEL_PHONE",
        "referrer": {"source": "1B", "name": "A neighbour", "contact_details": "020 7946 0999"},
        "children": [{"name": "Sam", "birth_date": {"year": 2018, "month": 2, "day": 3}, "sex": "M", "ethnicity": "NOBT"}],
        "concern": sys.argv[1] if len(sys.argv) > 1 else "Left alone in the evenings.",
    },
    request_class(),
)
submit = channel.unary_unary(
    f"/{service.full_name}/{method.name}",
    request_serializer=request_class.SerializeToString,
    response_deserializer=reply_class.FromString,
)
try:
    reply = submit(request, metadata=[("authorization", f"Bearer {token}")], timeout=10)
except grpc.RpcError as error:
    status = rpc_status.from_call(error)
    sys.exit(f"refused: {error.code().name}: {error.details()}\n{status.details if status else ''}")
print(json_format.MessageToJson(reply))
