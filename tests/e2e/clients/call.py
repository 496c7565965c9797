#!/usr/bin/env python3
"""Calls any RPC of a hub that runs under .mash, with nothing generated: the contract is asked
for over gRPC reflection.

    pip install grpcio grpcio-reflection grpcio-status protobuf
    call.py intake CodeListService.ListCodes '{}'
    call.py --as referrer intake IntakeService.SubmitContact "$(cat contact.json)"
    call.py --as notice_sender intake NoticeService.SubmitNotices - < batch.jsonl

A message is JSON; `-` reads one from each line of standard input, for a call that takes a
stream. Every reply is one JSON object. A request_id that is left out is made up. A refusal
is printed with its details, and ends the program with 1.
"""
import argparse
import json
import pathlib
import sys
import uuid

import grpc
from google.protobuf import json_format
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from google.rpc import error_details_pb2  # noqa: F401  how details of a refusal are read
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status


def main() -> None:
    arguments = parse()
    hub = json.loads((arguments.folder / "hub.json").read_text())
    address = next(one["address"] for one in hub["processes"] if one["name"] == arguments.process)
    token = pathlib.Path(hub["tokens"][arguments.role]).read_text().strip()
    authority = pathlib.Path(hub["services_ca"]).read_bytes()
    channel = grpc.secure_channel(address, grpc.ssl_channel_credentials(authority))

    contracts = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    package = f"mash.{arguments.process.replace('-', '_')}.v1"
    service_name, method_name = arguments.rpc.split(".")
    service = contracts.FindServiceByName(f"{package}.{service_name}")
    method = service.methods_by_name[method_name]
    asked, answered = GetMessageClass(method.input_type), GetMessageClass(method.output_type)

    texts = sys.stdin if arguments.message == "-" else [arguments.message]
    requests = (read(text, asked) for text in texts if text.strip())
    call = channel.stream_stream(
        f"/{service.full_name}/{method.name}",
        request_serializer=asked.SerializeToString,
        response_deserializer=answered.FromString,
    )
    try:
        # On the wire a call that takes or gives one message is a stream of one.
        for reply in call(requests, metadata=[("authorization", f"Bearer {token}")], timeout=600):
            print(json_format.MessageToJson(reply, preserving_proto_field_name=True, indent=None))
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        sys.exit(f"refused: {error.code().name}: {error.details()}\n{details(status)}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(".mash"), help="where the hub lies")
    parser.add_argument("--as", dest="role", default="mash_manager", help="whose token of the demo is sent")
    parser.add_argument("process", help="intake, screening, partner-checks, deadlines or reporting")
    parser.add_argument("rpc", help="as policies name it: IntakeService.GetContact")
    parser.add_argument("message", help="JSON, or - for one a line")
    return parser.parse_args()


def read(text: str, message_class: type):
    message = json_format.ParseDict(json.loads(text), message_class())
    if "request_id" in message_class.DESCRIPTOR.fields_by_name and not message.request_id:
        message.request_id = str(uuid.uuid4())
    return message


def details(status) -> str:
    if not status:
        return ""
    return "\n".join(json_format.MessageToJson(detail, indent=None) for detail in status.details)


if __name__ == "__main__":
    main()
