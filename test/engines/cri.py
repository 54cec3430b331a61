#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Speaks for the kubelet: cri.py SOCKET IN OUT calls methods of kubernetes' runtime.v1.RuntimeService.

IN and OUT are FIFOs. A line "METHOD JSON" from IN, with the interface's own field names, is one call, and a line in OUT
its answer: "0 JSON", or "1 CODE: sentence" when it was refused. Of the interface only what the tests need is here.
"""
import json
import sys

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

PACKAGE = "runtime.v1"

# MESSAGE: "field=number:type ..", * in front of a type: repeated; no type: string; M: map of strings.
MESSAGES = {
    "VersionRequest": "version=1",
    "VersionResponse": "version=1 runtime_name=2 runtime_version=3 runtime_api_version=4",
    "StatusRequest": "verbose=1:bool",
    "StatusResponse": "status=1:RuntimeStatus info=2:M",
    "RuntimeStatus": "conditions=1:*RuntimeCondition",
    "RuntimeCondition": "type=1 status=2:bool reason=3 message=4",
    "Number": "value=1:int64",
    "Pairs": "key=1 value=2",
    "NamespaceOption": "network=1:NamespaceMode pid=2:NamespaceMode ipc=3:NamespaceMode target_id=4",
    "SecurityProfile": "profile_type=1:ProfileType localhost_ref=2",
    "PodSandboxMetadata": "name=1 uid=2 namespace=3 attempt=4:uint32",
    "LinuxSandboxSecurityContext": "namespace_options=1:NamespaceOption run_as_user=3:Number run_as_group=8:Number"
                                   " readonly_rootfs=4:bool privileged=6:bool seccomp=9:SecurityProfile",
    "LinuxPodSandboxConfig": "cgroup_parent=1 security_context=2:LinuxSandboxSecurityContext sysctls=3:M",
    "PodSandboxConfig": "metadata=1:PodSandboxMetadata hostname=2 log_directory=3 labels=6:M annotations=7:M"
                        " linux=8:LinuxPodSandboxConfig",
    "RunPodSandboxRequest": "config=1:PodSandboxConfig runtime_handler=2",
    "RunPodSandboxResponse": "pod_sandbox_id=1",
    "StopPodSandboxRequest": "pod_sandbox_id=1",
    "StopPodSandboxResponse": "",
    "RemovePodSandboxRequest": "pod_sandbox_id=1",
    "RemovePodSandboxResponse": "",
    "PodSandboxStatusRequest": "pod_sandbox_id=1 verbose=2:bool",
    "PodSandboxStatusResponse": "status=1:PodSandboxStatus info=2:M",
    "PodSandboxStatus": "id=1 state=3:PodSandboxState network=5:PodSandboxNetworkStatus runtime_handler=9",
    "PodSandboxNetworkStatus": "ip=1",
    "ImageSpec": "image=1",
    "Mount": "container_path=1 host_path=2 readonly=3:bool propagation=5:int32",
    "Device": "container_path=1 host_path=2 permissions=3",
    "LinuxContainerResources": "cpu_period=1:int64 cpu_quota=2:int64 cpu_shares=3:int64 memory_limit_in_bytes=4:int64"
                               " oom_score_adj=5:int64",
    "Capability": "add_capabilities=1:* drop_capabilities=2:*",
    "LinuxContainerSecurityContext": "capabilities=1:Capability privileged=2:bool namespace_options=3:NamespaceOption"
                                     " run_as_user=5:Number run_as_group=12:Number readonly_rootfs=7:bool"
                                     " supplemental_groups=8:*int64 no_new_privs=11:bool masked_paths=13:*"
                                     " readonly_paths=14:* seccomp=15:SecurityProfile",
    "LinuxContainerConfig": "resources=1:LinuxContainerResources security_context=2:LinuxContainerSecurityContext",
    "ContainerMetadata": "name=1 attempt=2:uint32",
    "ContainerConfig": "metadata=1:ContainerMetadata image=2:ImageSpec command=3:* args=4:* working_dir=5 envs=6:*Pairs"
                       " mounts=7:*Mount devices=8:*Device labels=9:M annotations=10:M log_path=11 stdin=12:bool"
                       " stdin_once=13:bool tty=14:bool linux=15:LinuxContainerConfig",
    "CreateContainerRequest": "pod_sandbox_id=1 config=2:ContainerConfig sandbox_config=3:PodSandboxConfig",
    "CreateContainerResponse": "container_id=1",
    "StartContainerRequest": "container_id=1",
    "StartContainerResponse": "",
    "StopContainerRequest": "container_id=1 timeout=2:int64",
    "StopContainerResponse": "",
    "RemoveContainerRequest": "container_id=1",
    "RemoveContainerResponse": "",
    "ListContainersRequest": "",
    "ListContainersResponse": "containers=1:*Container",
    "Container": "id=1 pod_sandbox_id=2 metadata=3:ContainerMetadata state=6:ContainerState",
    "ContainerStatusRequest": "container_id=1 verbose=2:bool",
    "ContainerStatusResponse": "status=1:ContainerStatus info=2:M",
    "ContainerStatus": "id=1 metadata=2:ContainerMetadata state=3:ContainerState exit_code=7:int32 reason=10 message=11",
    "UpdateContainerResourcesRequest": "container_id=1 linux=2:LinuxContainerResources",
    "UpdateContainerResourcesResponse": "",
    "ExecSyncRequest": "container_id=1 cmd=2:* timeout=3:int64",
    "ExecSyncResponse": "stdout=1:bytes stderr=2:bytes exit_code=3:int32",
    "ContainerStatsRequest": "container_id=1",
    "ContainerStatsResponse": "stats=1:ContainerStats",
    "ContainerStats": "cpu=2:CpuUsage memory=3:MemoryUsage",
    "CpuUsage": "timestamp=1:int64 usage_core_nano_seconds=2:Number",
    "MemoryUsage": "timestamp=1:int64 working_set_bytes=2:Number usage_bytes=4:Number",
}

ENUMS = {
    "NamespaceMode": ["POD", "CONTAINER", "NODE", "TARGET"],
    "ProfileType": ["RuntimeDefault", "Unconfined", "Localhost"],
    "PodSandboxState": ["SANDBOX_READY", "SANDBOX_NOTREADY"],
    "ContainerState": ["CONTAINER_CREATED", "CONTAINER_RUNNING", "CONTAINER_EXITED", "CONTAINER_UNKNOWN"],
}

PLAIN = {kind: getattr(descriptor_pb2.FieldDescriptorProto, "TYPE_" + kind.upper())
         for kind in ("string", "bool", "bytes", "int32", "int64", "uint32")}


def add_field(message, text):
    field = descriptor_pb2.FieldDescriptorProto
    name, _, rest = text.partition("=")
    number, _, kind = rest.partition(":")
    row = message.field.add(name=name, number=int(number))
    row.label = field.LABEL_REPEATED if kind == "M" or kind.startswith("*") else field.LABEL_OPTIONAL
    kind = kind.lstrip("*") or "string"
    if kind == "M":
        row.type, row.type_name = field.TYPE_MESSAGE, f".{PACKAGE}.{message.name}.{entry_name(name)}"
        entry = message.nested_type.add(name=entry_name(name))
        entry.options.map_entry = True
        for index, part in enumerate(("key", "value"), 1):
            entry.field.add(name=part, number=index, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    elif kind in PLAIN:
        row.type = PLAIN[kind]
    else:
        row.type = field.TYPE_ENUM if kind in ENUMS else field.TYPE_MESSAGE
        row.type_name = f".{PACKAGE}.{kind}"


def entry_name(field):
    return "".join(word.capitalize() for word in field.split("_")) + "Entry"


def make_messages():
    file = descriptor_pb2.FileDescriptorProto(name="runtime.proto", package=PACKAGE, syntax="proto3")
    for name, values in ENUMS.items():
        enum = file.enum_type.add(name=name)
        for number, value in enumerate(values):
            enum.value.add(name=value, number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for text in fields.split():
            add_field(message, text)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {name: factory.GetPrototype(pool.FindMessageTypeByName(f"{PACKAGE}.{name}")) for name in MESSAGES}


def call(channel, messages, method, request):
    remote = channel.unary_unary(f"/{PACKAGE}.RuntimeService/{method}",
                                 request_serializer=messages[method + "Request"].SerializeToString,
                                 response_deserializer=messages[method + "Response"].FromString)
    answer = remote(json_format.ParseDict(request, messages[method + "Request"]()), timeout=120, wait_for_ready=True)
    result = json_format.MessageToDict(answer, including_default_value_fields=True, preserving_proto_field_name=True)
    for stream in ("stdout", "stderr"):
        if stream in result:
            result[stream] = getattr(answer, stream).decode(errors="replace")
    return result


def answer_line(channel, messages, line):
    method, _, request = line.partition(" ")
    try:
        return "0 " + json.dumps(call(channel, messages, method, json.loads(request)))
    except grpc.RpcError as error:
        return " ".join(f"1 {error.code().name}: {error.details()}".split())
    except (KeyError, ValueError, json_format.ParseError) as error:
        return " ".join(f"1 not asked: {error}".split())


def main():
    address, requests, answers = sys.argv[1:]
    messages = make_messages()
    with grpc.insecure_channel("unix:" + address, options=[("grpc.default_authority", "localhost")]) as channel:
        while True:
            with open(requests, encoding="utf-8") as lines:
                for line in lines:
                    with open(answers, "w", encoding="utf-8") as out:
                        out.write(answer_line(channel, messages, line) + "\n")


if __name__ == "__main__":
    main()
