/* SPDX-License-Identifier: Apache-2.0 */
/* "HostConfig" and "NetworkSettings" of a container (Engine API ContainerInspect). */
#include "base/number.h"
#include "engine/inspection.h"
#include "engine/request_disks.h"
#include "formats/json.h"

#include <errno.h>
#include <string.h>

#define NETWORK_NAME "default"

static int inspect_put_size(struct json_object *object, const char *key, const char *text)
{
    uint64_t bytes = 0;
    if (text && number_parse_size(text, &bytes) < 0)
        return json_put_i64(object, key, -1); /* "-1": without a bound */
    return json_put_u64(object, key, bytes);
}

static int inspect_lists(const struct container_request *request, struct json_object *host)
{
    const struct {
        const char *key;
        const struct strings *value;
    } lists[] = {
        {"Binds", &request->volumes},
        {"CapAdd", &request->cap_add},
        {"CapDrop", &request->cap_drop},
        {"GroupAdd", &request->group_add},
        {"SecurityOpt", &request->security_opt},
        {"Tmpfs", &request->tmpfs},
        {"Mounts", &request->mounts},
        {"Dns", &request->dns},
        {"DnsSearch", &request->dns_search},
        {"ExtraHosts", &request->add_hosts},
        {"PublishedPorts", &request->publish},
        {"Ulimits", &request->ulimits},
        {"Sysctls", &request->sysctls},
        {"Devices", &request->devices},
    };
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(lists); i++)
        r = inspect_put_array(host, lists[i].key, lists[i].value);
    return r;
}

static int add_disk(struct json_object *list, const struct request_disks *disks, const char *text)
{
    struct failure ignored = {0}; /* it was well formed when the container was created */
    struct device_rate rate = {0};
    int r = device_rate_parse(disks->flag, text, disks->unit, &rate, &ignored);
    autofree char *path = rate.path;
    autojson struct json_object *entry = json_object_new_object();
    if (r == 0)
        r = json_put_string(entry, "Path", path);
    if (r == 0)
        r = json_put_u64(entry, disks->unit == DEVICE_RATE_WEIGHT ? "Weight" : "Rate", rate.rate);
    if (r == 0 && json_object_array_add(list, entry) < 0)
        r = -ENOMEM;
    if (r == 0)
        (void)TAKE_PTR(entry); /* the array owns it now */
    return r;
}

static int inspect_disks(const struct container_request *request, struct json_object *host)
{
    struct request_disks disks[REQUEST_DISKS];
    int r = json_put_u64(host, "BlkioWeight", request->blkio_weight);
    request_disks_list(request, disks);
    for (size_t i = 0; i < REQUEST_DISKS && r == 0; i++) {
        struct json_object *list = json_object_new_array();
        r = json_put(host, disks[i].key, list);
        for (size_t j = 0; j < disks[i].list->count && r == 0; j++)
            r = add_disk(list, &disks[i], disks[i].list->items[j]);
    }
    if (r == 0)
        r = json_put_u64(host, "CpuPeriod", request->cpu_period);
    if (r == 0)
        r = json_put_i64(host, "CpuQuota", request->cpu_quota);
    if (r == 0 && request->memory_swappiness)
        r = inspect_put_size(host, "MemorySwappiness", request->memory_swappiness);
    return r < 0 ? r : json_put_bool(host, "OomKillDisable", request->oom_kill_disable);
}

static int inspect_limits(const struct container_request *request, struct json_object *host)
{
    int r = inspect_disks(request, host);
    if (r == 0)
        r = inspect_put_size(host, "Memory", request->memory);
    if (r == 0)
        r = inspect_put_size(host, "MemorySwap", request->memory_swap);
    if (r == 0)
        r = inspect_put_size(host, "MemoryReservation", request->memory_reservation);
    if (r == 0)
        r = inspect_put_size(host, "ShmSize", request->shm_size ? request->shm_size : "64m");
    if (r == 0)
        r = json_put_string(host, "Cpus", request->cpus ? request->cpus : "");
    if (r == 0)
        r = json_put_string(host, "CpusetCpus", request->cpuset_cpus ? request->cpuset_cpus : "");
    if (r == 0)
        r = json_put_u64(host, "CpuShares", request->cpu_shares);
    if (r == 0)
        r = json_put_i64(host, "OomScoreAdj", request->oom_score_adj);
    return r < 0 ? r : json_put_i64(host, "PidsLimit", request->pids_limit);
}

int inspect_host_config(const struct inspection *in, struct json_object *document)
{
    const struct container_request *request = &in->record.request;
    struct json_object *host = inspect_put_object(document, "HostConfig");
    const struct {
        const char *key;
        bool value;
    } switches[] = {
        {"AutoRemove", request->auto_remove},      {"Privileged", request->privileged},
        {"ReadonlyRootfs", request->read_only},    {"Init", request->init},
        {"PublishAllPorts", request->publish_all},
    };
    if (!host)
        return -ENOMEM;
    int r = json_put_string(host, "NetworkMode", request->network ? request->network : NETWORK_NAME);
    if (r == 0)
        r = json_put_string(host, "UsernsMode", request->userns ? request->userns : "auto");
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(switches); i++)
        r = json_put_bool(host, switches[i].key, switches[i].value);
    if (r == 0)
        r = inspect_limits(request, host);
    return r < 0 ? r : inspect_lists(request, host);
}

static int inspect_address(const struct inspection *in, struct json_object *object)
{
    const struct container_state *state = &in->state;
    int r = json_put_string(object, "IPAddress", state->address ? state->address : "");
    if (r == 0)
        r = json_put_string(object, "Gateway", state->gateway ? state->gateway : "");
    if (r == 0)
        r = json_put_string(object, "MacAddress", state->mac ? state->mac : "");
    return r < 0 ? r : json_put_u64(object, "IPPrefixLen", state->prefix_length);
}

/* "0.0.0.0:8080->80/tcp" as docker's "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]. */
static int inspect_port(const char *text, struct json_object *ports)
{
    autofree char *address = strdup(text);
    char *arrow = address ? strstr(address, "->") : NULL;
    if (!arrow)
        return address ? 0 : -ENOMEM;
    const char *inside = arrow + 2;
    *arrow = '\0';
    char *port = strrchr(address, ':');
    if (!port)
        return 0;
    *port++ = '\0';
    struct json_object *list = json_get_array(ports, inside), *binding = json_object_new_object();
    int r = binding ? 0 : -ENOMEM;
    if (r == 0 && !list) {
        list = json_object_new_array();
        r = list ? json_put(ports, inside, list) : -ENOMEM;
    }
    if (r == 0)
        r = json_put_string(binding, "HostIp", address);
    if (r == 0)
        r = json_put_string(binding, "HostPort", port);
    if (r == 0 && json_object_array_add(list, binding) == 0)
        return 0;
    json_object_put(binding);
    return r < 0 ? r : -ENOMEM;
}

int inspect_network(const struct inspection *in, struct json_object *document)
{
    struct json_object *network = inspect_put_object(document, "NetworkSettings");
    struct json_object *ports = network ? inspect_put_object(network, "Ports") : NULL;
    struct json_object *networks = ports ? inspect_put_object(network, "Networks") : NULL;
    int r = networks ? inspect_address(in, network) : -ENOMEM;
    for (size_t i = 0; r == 0 && i < in->state.ports.count; i++)
        r = inspect_port(in->state.ports.items[i], ports);
    if (r == 0)
        r = inspect_put_array(network, "Published", &in->state.ports);
    if (r < 0 || !in->state.address)
        return r;
    struct json_object *entry = inspect_put_object(networks, NETWORK_NAME);
    return entry ? inspect_address(in, entry) : -ENOMEM;
}
