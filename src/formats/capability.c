/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/capability.h"
#include "base/closest.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* By number: capabilities(7), linux/capability.h. */
static const char *const names[] = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};
_Static_assert(ARRAY_SIZE(names) == CAPABILITY_LAST + 1, "a name for each capability");

/* CHOWN 0, DAC_OVERRIDE 1, FOWNER 3, FSETID 4, KILL 5, SETGID 6, SETUID 7, SETPCAP 8, NET_BIND_SERVICE 10,
 * SYS_CHROOT 18, SETFCAP 31; a test spells them by name. */
const uint64_t capability_default_root = CAPABILITY_BIT(0) | CAPABILITY_BIT(1) | CAPABILITY_BIT(3) |
                                         CAPABILITY_BIT(4) | CAPABILITY_BIT(5) | CAPABILITY_BIT(6) |
                                         CAPABILITY_BIT(7) | CAPABILITY_BIT(8) | CAPABILITY_BIT(10) |
                                         CAPABILITY_BIT(18) | CAPABILITY_BIT(31);

int capability_number(const char *name)
{
    const char *bare = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcasecmp(names[i] + 4, bare) == 0)
            return (int)i;
    return -EINVAL;
}

const char *capability_name(int number)
{
    return number >= 0 && number <= CAPABILITY_LAST ? names[number] : NULL;
}

const char *capability_closest(const char *name)
{
    char upper[CAPABILITY_NAME_SIZE * 2] = "CAP_";
    const char *bare = strncasecmp(name, "CAP_", 4) == 0 ? name + 4 : name;
    size_t length = strlen(bare);
    if (length + 5 > sizeof(upper))
        return NULL;
    for (size_t i = 0; i < length; i++)
        upper[4 + i] = bare[i] >= 'a' && bare[i] <= 'z' ? (char)(bare[i] - 0x20) : bare[i];
    return closest_word(upper, names, ARRAY_SIZE(names));
}

/* What one of the two options names. */
struct named_set {
    const char *option;
    uint64_t set;
    bool all;
};

static int add_name(struct named_set *n, const char *name, struct failure *f)
{
    if (strcasecmp(name, "ALL") == 0 || strcasecmp(name, "CAP_ALL") == 0) {
        n->all = true;
        return 0;
    }
    int number = capability_number(name);
    if (number < 0) {
        const char *near = capability_closest(name);
        return refuse(f, -EINVAL, "%s: unknown capability \"%s\"%s%s", n->option, name,
                      near ? "; did you mean " : "", near ? near + 4 : "");
    }
    n->set |= CAPABILITY_BIT(number);
    return 0;
}

static int read_names(const struct strings *list, struct named_set *n, struct failure *f)
{
    for (size_t i = 0; list && i < list->count; i++) {
        autofree char *copy = strdup(list->items[i]);
        if (!copy)
            return fail(f, -ENOMEM, "%s", n->option);
        char *rest = copy;
        for (char *name = strsep(&rest, ","); name; name = strsep(&rest, ",")) {
            int r = add_name(n, name, f);
            if (r < 0)
                return r;
        }
    }
    return 0;
}

static const char *first_name(uint64_t set)
{
    return names[__builtin_ctzll(set)] + 4;
}

int capability_resolve(const struct capability_request *request, uint64_t *ret_set, struct failure *f)
{
    struct named_set add = {.option = "--cap-add"}, drop = {.option = "--cap-drop"};
    int r = read_names(request->add, &add, f);
    if (r < 0 || (r = read_names(request->drop, &drop, f)) < 0)
        return r;
    if (add.all && drop.all)
        return refuse(f, -EINVAL, "ALL is in both --cap-add and --cap-drop");
    if (add.set & drop.set)
        return refuse(f, -EINVAL, "capability %s is in both --cap-add and --cap-drop",
                      first_name(add.set & drop.set));
    uint64_t missing = add.set & ~request->available;
    if (missing)
        return refuse(f, -EPERM, "--cap-add: capability %s is not available here", first_name(missing));
    uint64_t set = request->root ? capability_default_root : CAPABILITY_NONE;
    if (request->privileged || add.all)
        set = CAPABILITY_ALL;
    if (drop.all)
        set = CAPABILITY_NONE;
    *ret_set = ((set & ~drop.set) | add.set) & request->available;
    return 0;
}

void capability_set_write(uint64_t set, struct text *text)
{
    const char *separator = "";
    for (int i = 0; i <= CAPABILITY_LAST; i++)
        if (set & CAPABILITY_BIT(i)) {
            text_printf(text, "%s%s", separator, names[i]);
            separator = ",";
        }
}

int capability_set_names(uint64_t set, struct strings *list)
{
    for (int i = 0; i <= CAPABILITY_LAST; i++) {
        int r = set & CAPABILITY_BIT(i) ? strings_add(list, names[i]) : 0;
        if (r < 0)
            return r;
    }
    return 0;
}

int capability_set_from_hex(const char *hex, uint64_t *ret_set)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t set = 0;
    if (strlen(hex) != 16)
        return -EINVAL;
    for (; *hex != '\0'; hex++) {
        const char *digit = strchr(digits, *hex);
        if (!digit)
            return -EINVAL;
        set = set << 4 | (uint64_t)(digit - digits);
    }
    *ret_set = set;
    return 0;
}
