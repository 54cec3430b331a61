/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/create.h"
#include "engine/lookup.h"
#include "engine/request_disks.h"

#include "base/number.h"
#include "formats/capability.h"
#include "formats/device_spec.h"
#include "formats/file_mode.h"
#include "formats/network_mode.h"
#include "formats/port_spec.h"
#include "formats/rlimit_spec.h"
#include "formats/secret_spec.h"
#include "formats/security_opt.h"
#include "formats/signal_name.h"
#include "formats/sysctl_spec.h"

#include <errno.h>
#include <string.h>

#define MEMORY_MIN (6u << 20) /* bytes; docker's minimum: below it the start itself is killed */

static int check_network(const struct container_request *request, struct failure *failure)
{
    autoports struct port_list ports = {0};
    struct network_mode mode;
    int r = network_mode_parse(request->network, &mode, failure);
    if (r < 0)
        return r;
    enum network_kind kind = mode.kind;
    if (kind == NETWORK_NAMED)
        r = refuse(failure, -EOPNOTSUPP,
                   "--network=%s: networks of your own are not there yet; there are default, none, "
                   "host and container:NAME",
                   mode.target);
    network_mode_free(&mode);
    for (size_t i = 0; r == 0 && i < request->publish.count; i++)
        r = port_spec_parse(request->publish.items[i], &ports, failure);
    if (r == 0)
        r = port_list_check(&ports, failure);
    if (r == 0 && ports.count > 0 && kind != NETWORK_DEFAULT)
        r = refuse(failure, -EINVAL,
                   "-p needs the default network: with --network=%s nothing can be published",
                   request->network);
    return r;
}

static int check_sizes(const struct container_request *request, struct failure *failure)
{
    const struct {
        const char *flag, *value;
    } sizes[] = {
        {"memory", request->memory},
        {"memory-reservation", request->memory_reservation},
        {"shm-size", request->shm_size},
        {"log-opt max-size", request->log_max_size},
        {"memory-swap", streq(request->memory_swap, "-1") ? NULL : request->memory_swap},
    };
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        uint64_t bytes;
        if (sizes[i].value && number_parse_size(sizes[i].value, &bytes) < 0)
            return refuse(failure, -EINVAL, "--%s=%s: a size such as 512m or 2g", sizes[i].flag,
                          sizes[i].value);
        if (i == 0 && sizes[i].value && bytes > 0 && bytes < MEMORY_MIN)
            return refuse(failure, -EINVAL, "--memory=%s: a container cannot start with less than 6m",
                          sizes[i].value);
    }
    if (request->stop_signal && signal_parse(request->stop_signal) < 0)
        return refuse(failure, -EINVAL, "--stop-signal=%s: no such signal", request->stop_signal);
    uint32_t mask;
    if (request->umask && file_mode_parse(request->umask, 0777, &mask) < 0)
        return refuse(failure, -EINVAL, "--umask=%s: an octal number up to 0777", request->umask);
    return 0;
}

static int check_lists(const struct container_request *request, struct failure *failure)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < request->ulimits.count; i++) {
        struct rlimit_spec limit;
        r = rlimit_spec_parse(request->ulimits.items[i], &limit, failure);
    }
    for (size_t i = 0; r == 0 && i < request->sysctls.count; i++) {
        struct sysctl_spec sysctl;
        r = sysctl_spec_parse(request->sysctls.items[i], &sysctl, failure);
        if (r == 0)
            sysctl_spec_free(&sysctl);
    }
    for (size_t i = 0; r == 0 && i < request->devices.count; i++) {
        struct device_spec device;
        r = device_spec_parse(request->devices.items[i], &device, failure);
        if (r == 0)
            device_spec_free(&device);
    }
    for (size_t i = 0; r == 0 && i < request->secrets.count; i++) {
        struct secret_spec secret;
        r = secret_spec_parse(request->secrets.items[i], &secret, failure);
        if (r == 0)
            secret_spec_free(&secret);
    }
    return r;
}

static int check_security(const struct container_request *request, struct failure *failure)
{
    autosecurity struct security_options options = {0};
    struct capability_request capabilities = {
        .add = &request->cap_add,
        .drop = &request->cap_drop,
        .privileged = request->privileged,
        .available = CAPABILITY_ALL,
    };
    uint64_t set;
    int r = security_options_parse(&request->security_opt, &options, failure);
    if (r == 0)
        r = capability_resolve(&capabilities, &set, failure);
    if (r == 0 && options.apparmor && !streq(options.apparmor, "unconfined"))
        r = refuse(failure, -EOPNOTSUPP, "--security-opt apparmor=%s: AppArmor profiles are not there yet",
                   options.apparmor);
    if (r == 0 && options.proc_options)
        r = refuse(failure, -EOPNOTSUPP, "--security-opt proc-opts=%s is not there yet",
                   options.proc_options);
    if (r == 0 && options.labels.count > 0 && !strings_contain(&options.labels, "disable"))
        r = refuse(failure, -EOPNOTSUPP, "--security-opt label=%s: SELinux labels are not there yet",
                   options.labels.items[0]);
    return r;
}

static int check_namespaces(const struct container_request *request, struct failure *failure)
{
    autouserns struct userns_mode mode = {0};
    int r = userns_mode_parse(request->userns, &mode, failure);
    if (r < 0)
        return r;
    bool maps =
        request->uidmap.count > 0 || request->gidmap.count > 0 || request->subuidname || request->subgidname;
    if (maps && request->userns && mode.kind != USERNS_AUTO)
        return refuse(failure, -EINVAL,
                      "--userns=%s and --uidmap, --gidmap, --subuidname, --subgidname exclude each other",
                      request->userns);
    if (mode.kind == USERNS_PATH)
        return refuse(failure, -EOPNOTSUPP, "--userns=ns:PATH is not there yet; --userns=container:NAME is");
    if (request->ipc && !string_after(request->ipc, "container:") && !streq(request->ipc, "private"))
        return refuse(failure, -EOPNOTSUPP, "--ipc=%s is not there: private (the default) or container:NAME",
                      request->ipc);
    if (request->pid && !string_after(request->pid, "container:") && !streq(request->pid, "private"))
        return refuse(failure, -EOPNOTSUPP, "--pid=%s is not there: private (the default) or container:NAME",
                      request->pid);
    if (mode.kind == USERNS_HOST && (request->privileged || request->cap_add.count > 0))
        return refuse(failure, -EPERM,
                      "--userns=host is only for a user without capabilities: leave --privileged and "
                      "--cap-add out");
    return 0;
}

int container_check(const struct container_request *request, struct failure *failure)
{
    automounts struct mount_list mounts = {0};
    int r = request->name ? name_check(request->name, failure) : 0;
    if (r == 0)
        r = mount_list_read(request, &mounts, failure);
    if (r == 0)
        r = check_network(request, failure);
    if (r == 0)
        r = check_sizes(request, failure);
    if (r == 0)
        r = request_disks_check(request, failure);
    if (r == 0)
        r = check_lists(request, failure);
    if (r == 0)
        r = check_security(request, failure);
    return r < 0 ? r : check_namespaces(request, failure);
}

int create_check(const struct container_request *request, const struct image *image, struct failure *failure)
{
    if (request->entrypoint.count + request->command.count == 0 &&
        (request->entrypoint_set || image->config.entrypoint.count == 0) &&
        (request->entrypoint_set || image->config.command.count == 0))
        return refuse(failure, -EINVAL,
                      "no command specified: neither the image nor the command line names a program");
    return container_check(request, failure);
}

bool create_needs_range(const struct container_request *request, const struct userns_mode *mode)
{
    if (request->uidmap.count > 0 || request->gidmap.count > 0 || request->subuidname || request->subgidname)
        return false;
    return mode->kind == USERNS_AUTO || mode->kind == USERNS_NOMAP || mode->kind == USERNS_KEEP_ID;
}
