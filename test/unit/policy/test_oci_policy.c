/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/oci_policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define NAMESPACES                                                                                           \
    "{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"}"
#define PLAIN "\"namespaces\":[" NAMESPACES "]"
#define WITH(more) "\"namespaces\":[" NAMESPACES "," more "]"
#define MAPS(uid, gid)                                                                                       \
    WITH("{\"type\":\"user\"}")                                                                              \
    ",\"uidMappings\":[{\"containerID\":0,\"hostID\":" uid ",\"size\":65536}]"                               \
    ",\"gidMappings\":[{\"containerID\":0,\"hostID\":" gid ",\"size\":65536}]"
#define RULES(rule) PLAIN ",\"resources\":{\"devices\":[{\"allow\":false,\"access\":\"rwm\"}," rule "]}"
#define DEVICE(type, numbers) PLAIN ",\"devices\":[{\"type\":\"" type "\",\"path\":\"/dev/x\"," numbers "}]"
#define FOR_ALL(word) "{\"rules\":[{\"namespaces\":[\"*\"],\"allow\":[\"" word "\"],\"reason\":\"trusted\"}]}"
#define FOR_IMAGE(glob, word)                                                                                \
    "{\"rules\":[{\"images\":[\"" glob "\"],\"allow\":[\"" word "\"],\"reason\":\"trusted\"}]}"
#define FOR_ANNOTATION(name, glob, word)                                                                     \
    "{\"rules\":[{\"annotations\":{\"" name "\":\"" glob "\"},\"allow\":[\"" word                            \
    "\"],\"reason\":\"trusted\"}]}"
#define ALL_CAPABILITIES                                                                                     \
    ",\"capabilities\":{\"bounding\":[\"CAP_CHOWN\",\"CAP_DAC_OVERRIDE\",\"CAP_DAC_READ_SEARCH\",\"CAP_"     \
    "FOWNER\","                                                                                              \
    "\"CAP_FSETID\",\"CAP_KILL\",\"CAP_SETGID\",\"CAP_SETUID\",\"CAP_SETPCAP\",\"CAP_LINUX_IMMUTABLE\","     \
    "\"CAP_NET_BIND_SERVICE\",\"CAP_NET_BROADCAST\",\"CAP_NET_ADMIN\",\"CAP_NET_RAW\",\"CAP_IPC_LOCK\","     \
    "\"CAP_IPC_OWNER\",\"CAP_SYS_MODULE\",\"CAP_SYS_RAWIO\",\"CAP_SYS_CHROOT\",\"CAP_SYS_PTRACE\","          \
    "\"CAP_SYS_PACCT\",\"CAP_SYS_ADMIN\",\"CAP_SYS_BOOT\",\"CAP_SYS_NICE\",\"CAP_SYS_RESOURCE\","            \
    "\"CAP_SYS_TIME\",\"CAP_SYS_TTY_CONFIG\",\"CAP_MKNOD\",\"CAP_LEASE\",\"CAP_AUDIT_WRITE\","               \
    "\"CAP_AUDIT_CONTROL\",\"CAP_SETFCAP\",\"CAP_MAC_OVERRIDE\",\"CAP_MAC_ADMIN\",\"CAP_SYSLOG\","           \
    "\"CAP_WAKE_ALARM\",\"CAP_BLOCK_SUSPEND\",\"CAP_AUDIT_READ\"]}"
#define IMAGE(name) "\"io.kubernetes.cri.image-name\":\"" name "\""
#define BIT(x) (UINT64_C(1) << POLICY_##x)

enum host { HOST, NESTED, DOCKER, KUBERNETES, POD }; /* POD: what is given by path is the host's */

struct row {
    const char *name;
    const char *process;     /* members beside args and cwd */
    const char *platform;    /* "linux" */
    const char *annotations; /* members */
    const char *policy;      /* NULL: no file */
    enum host host;
    bool audit;
    /* expected */
    enum oci_ids ids;
    bool refused, without_root;
    uint64_t exceptions;
    const char *said; /* part of a judgement's sentence; NULL: nothing but OCI_TOLD */
};

static const struct row rows[] = {
    {"plain", "", PLAIN, "", NULL, HOST, false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"user 1000", ",\"user\":{\"uid\":1000,\"gid\":1000}", PLAIN, "", NULL, HOST, false, OCI_IDS_RANGE, false,
     true, 0, NULL},
    {"user 1000, gid 0", ",\"user\":{\"uid\":1000,\"gid\":0}", PLAIN, "", NULL, HOST, false, OCI_IDS_RANGE,
     false, true, 0, NULL},
    {"user 1000, root mapped", ",\"user\":{\"uid\":1000,\"gid\":1}", PLAIN, "\"org.unroot.root\":\"mapped\"",
     NULL, HOST, false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"user 1000, root none", ",\"user\":{\"uid\":1000,\"gid\":1}", PLAIN, "\"org.unroot.root\":\"none\"",
     NULL, HOST, false, OCI_IDS_RANGE, false, true, 0, NULL},
    {"root, root none", "", PLAIN, "\"org.unroot.root\":\"none\"", NULL, HOST, false, OCI_IDS_RANGE, true,
     false, 0, "process.user.uid is not 0"},
    {"root, odd word", "", PLAIN, "\"org.unroot.root\":\"yes\"", NULL, HOST, false, OCI_IDS_RANGE, true,
     false, 0, "mapped or none"},
    {"host network alone", "", "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}]", "", NULL, HOST,
     false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"host pid", "", "\"namespaces\":[{\"type\":\"mount\"}]", "", NULL, HOST, false, OCI_IDS_RANGE, true,
     false, 0, "no pid namespace"},
    {"host pid by path", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\",\"path\":\"/proc/1/ns/pid\"}]", "", NULL, HOST,
     false, OCI_IDS_RANGE, true, false, 0, "host-pid"},
    {"pid of another", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\",\"path\":\"/proc/1000/ns/pid\"}]", "", NULL,
     HOST, false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"host pid, by a pod's path", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\",\"path\":\"/proc/1000/ns/pid\"}]", "", NULL, POD,
     false, OCI_IDS_RANGE, true, false, 0, "host-pid"},
    {"network sysctl of the host, by a pod's path", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/proc/1000/ns/"
     "net\"}],\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}",
     "", NULL, POD, false, OCI_IDS_RANGE, true, false, 0, "no network namespace"},
    {"a sandbox's user", ",\"user\":{\"uid\":65535,\"gid\":65535}", PLAIN,
     "\"io.kubernetes.cri.container-type\":\"sandbox\"", NULL, KUBERNETES, false, OCI_IDS_RANGE, false, false,
     0, NULL},
    {"a sandbox's user, CRI-O", ",\"user\":{\"uid\":65535,\"gid\":65535}", PLAIN,
     "\"io.kubernetes.cri-o.ContainerType\":\"sandbox\"", NULL, KUBERNETES, false, OCI_IDS_RANGE, false,
     false, 0, NULL},
    {"a pod's container's user", ",\"user\":{\"uid\":65535,\"gid\":65535}", PLAIN,
     "\"io.kubernetes.cri.container-type\":\"container\"", NULL, KUBERNETES, false, OCI_IDS_RANGE, false,
     true, 0, NULL},
    {"host pid allowed", "", "\"namespaces\":[{\"type\":\"mount\"}]", "", FOR_ALL("host-pid"), KUBERNETES,
     false, OCI_IDS_RANGE, false, false, BIT(HOST_PID), "(host-pid): trusted"},
    {"host pid, other thing allowed", "", "\"namespaces\":[{\"type\":\"mount\"}]", "", FOR_ALL("privileged"),
     KUBERNETES, false, OCI_IDS_RANGE, true, false, 0, "host-pid"},
    {"host pid audited", "", "\"namespaces\":[{\"type\":\"mount\"}]", "", NULL, HOST, true, OCI_IDS_HOST,
     false, false, BIT(HOST_PID), "no pid namespace"},
    {"network sysctl", "", PLAIN ",\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}", "", NULL, HOST, false,
     OCI_IDS_RANGE, false, false, 0, NULL},
    {"network sysctl of the host", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}],\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}",
     "", NULL, HOST, false, OCI_IDS_RANGE, true, false, 0, "no network namespace"},
    {"ipc sysctl of the host", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}],\"sysctl\":{\"kernel.shmmax\":\"1\"}", "",
     NULL, HOST, false, OCI_IDS_RANGE, true, false, 0, "no ipc namespace"},
    {"uts sysctl of the host", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}],\"sysctl\":{\"kernel.domainname\":\"x\"}", "",
     NULL, HOST, false, OCI_IDS_RANGE, true, false, 0, "no uts namespace"},
    {"mqueue sysctl of the host", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}],\"sysctl\":{\"fs.mqueue.msg_max\":\"1\"}", "",
     NULL, HOST, false, OCI_IDS_RANGE, true, false, 0, "no ipc namespace"},
    {"host sysctl allowed", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}],\"sysctl\":{\"net.core.somaxconn\":\"1\"}", "",
     FOR_ALL("host-sysctl"), KUBERNETES, false, OCI_IDS_RANGE, false, false, BIT(HOST_SYSCTL), "trusted"},
    {"sysctl of a pod's network", "",
     "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"network\",\"path\":\"/run/netns/"
     "a\"}],\"sysctl\":{\"net.core.somaxconn\":\"1\"}",
     "", NULL, HOST, false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"privileged", ALL_CAPABILITIES, PLAIN, "", NULL, HOST, false, OCI_IDS_RANGE, true, false, 0,
     "--privileged"},
    {"privileged allowed", ALL_CAPABILITIES, PLAIN, "", FOR_ALL("privileged"), KUBERNETES, false,
     OCI_IDS_RANGE, false, false, BIT(PRIVILEGED), "trusted"},
    {"privileged audited", ALL_CAPABILITIES, PLAIN, "", NULL, HOST, true, OCI_IDS_HOST, false, false,
     BIT(PRIVILEGED), "--privileged"},
    {"privileged with own ids", ALL_CAPABILITIES, MAPS("200000", "200000"), "", NULL, HOST, false,
     OCI_IDS_CONFIG, false, false, 0, NULL},
    {"SYS_ADMIN alone", ",\"capabilities\":{\"bounding\":[\"CAP_SYS_ADMIN\"]}", PLAIN, "", NULL, HOST, false,
     OCI_IDS_RANGE, false, false, 0, NULL},
    {"every device", "", RULES("{\"allow\":true,\"access\":\"rwm\"}"), "", NULL, HOST, false, OCI_IDS_RANGE,
     true, false, 0, "every device"},
    {"every device of type a", "", RULES("{\"allow\":true,\"type\":\"a\",\"access\":\"rw\"}"), "", NULL, HOST,
     false, OCI_IDS_RANGE, true, false, 0, "devices[1] allows every device"},
    {"every device allowed", "", RULES("{\"allow\":true,\"access\":\"rwm\"}"), "", FOR_ALL("privileged"),
     KUBERNETES, false, OCI_IDS_RANGE, false, false, BIT(PRIVILEGED), "trusted"},
    {"mknod of all", "", RULES("{\"allow\":true,\"access\":\"m\"}"), "", NULL, HOST, false, OCI_IDS_RANGE,
     false, false, 0, NULL},
    {"mknod of char devices", "", RULES("{\"allow\":true,\"type\":\"c\",\"access\":\"m\"}"), "", NULL, HOST,
     false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"default device", "",
     RULES("{\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":3,\"access\":\"rwm\"}"), "", NULL, HOST,
     false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"pseudo terminals", "", RULES("{\"allow\":true,\"type\":\"c\",\"major\":136,\"access\":\"rwm\"}"), "",
     NULL, HOST, false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"tun", "", RULES("{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":200,\"access\":\"rwm\"}"), "",
     NULL, HOST, false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"all of major 1", "", RULES("{\"allow\":true,\"type\":\"c\",\"major\":1,\"access\":\"r\"}"), "", NULL,
     HOST, false, OCI_IDS_RANGE, true, false, 0, "device-rules"},
    {"foreign device", "", RULES("{\"allow\":true,\"type\":\"c\",\"major\":42,\"access\":\"rwm\"}"), "", NULL,
     HOST, false, OCI_IDS_RANGE, true, false, 0, "linux.resources.devices[1]"},
    {"foreign disk", "", RULES("{\"allow\":true,\"type\":\"b\",\"major\":8,\"minor\":0,\"access\":\"r\"}"),
     "", NULL, HOST, false, OCI_IDS_RANGE, true, false, 0, "device-rules"},
    {"foreign device allowed", "", RULES("{\"allow\":true,\"type\":\"c\",\"major\":42,\"access\":\"rwm\"}"),
     "", FOR_ALL("device-rules"), KUBERNETES, false, OCI_IDS_RANGE, false, false, BIT(DEVICE_RULES),
     "trusted"},
    {"device and its rule", "",
     RULES("{\"allow\":true,\"type\":\"c\",\"major\":226,\"minor\":128,\"access\":\"rw\"}") ",\"devices\":[{"
                                                                                            "\"type\":\"c\","
                                                                                            "\"path\":\"/dev/"
                                                                                            "dri/"
                                                                                            "renderD128\","
                                                                                            "\"major\":226,"
                                                                                            "\"minor\":128}]",
     "", NULL, HOST, false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"device, and a wider rule", "",
     RULES("{\"allow\":true,\"type\":\"c\",\"major\":226,\"access\":\"rw\"}") ",\"devices\":[{\"type\":\"c\","
                                                                              "\"path\":\"/dev/dri/"
                                                                              "renderD128\",\"major\":226,"
                                                                              "\"minor\":128}]",
     "", NULL, HOST, false, OCI_IDS_RANGE, true, false, 0, "device-rules"},
    {"disk", "", DEVICE("b", "\"major\":8,\"minor\":0"), "", NULL, HOST, false, OCI_IDS_RANGE, true, false, 0,
     "linux.devices[0], /dev/x, is a disk"},
    {"disk allowed", "", DEVICE("b", "\"major\":8,\"minor\":0"), "", FOR_ALL("block-devices"), KUBERNETES,
     false, OCI_IDS_RANGE, false, false, BIT(BLOCK_DEVICES), "trusted"},
    {"disk with own ids", "",
     MAPS("200000", "200000") ",\"devices\":[{\"type\":\"b\",\"path\":\"/dev/x\",\"major\":8,\"minor\":0}]",
     "", NULL, HOST, false, OCI_IDS_CONFIG, true, false, 0, "is a disk"},
    {"memory", "", DEVICE("c", "\"major\":1,\"minor\":1"), "", NULL, HOST, false, OCI_IDS_RANGE, true, false,
     0, "block-devices"},
    {"scsi generic", "", DEVICE("u", "\"major\":21,\"minor\":0"), "", NULL, HOST, false, OCI_IDS_RANGE, true,
     false, 0, "block-devices"},
    {"fuse", "", DEVICE("c", "\"major\":10,\"minor\":229"), "", NULL, HOST, false, OCI_IDS_RANGE, false,
     false, 0, NULL},
    {"own mappings", "", MAPS("200000", "200000"), "", NULL, HOST, false, OCI_IDS_CONFIG, false, false, 0,
     NULL},
    {"own mappings, user 1000", ",\"user\":{\"uid\":1000,\"gid\":1000}", MAPS("200000", "200000"), "", NULL,
     HOST, false, OCI_IDS_CONFIG, false, false, 0, NULL},
    {"mapped to root", "", MAPS("0", "200000"), "", NULL, HOST, false, OCI_IDS_CONFIG, true, false, 0,
     "uidMappings[0] gives the container host id 0"},
    {"mapped to root's group", "", MAPS("200000", "0"), "", NULL, HOST, false, OCI_IDS_CONFIG, true, false, 0,
     "gidMappings[0] gives the container host id 0"},
    {"mapped to an account", "", MAPS("500", "200000"), "", NULL, HOST, false, OCI_IDS_CONFIG, true, false, 0,
     "host id 1000, a login account"},
    {"just below the account", "",
     WITH("{\"type\":\"user\"}") ",\"uidMappings\":[{\"containerID\":0,\"hostID\":999,\"size\":1}],"
                                 "\"gidMappings\":[{\"containerID\":0,\"hostID\":1,\"size\":999}]",
     "", NULL, HOST, false, OCI_IDS_CONFIG, false, false, 0, NULL},
    {"mapped to another's range", "", MAPS("1879100000", "200000"), "", NULL, HOST, false, OCI_IDS_CONFIG,
     true, false, 0, "another container's range, 1879048192"},
    {"last id of another's range", "",
     WITH("{\"type\":\"user\"}") ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1879113727,\"size\":1}],"
                                 "\"gidMappings\":[{\"containerID\":0,\"hostID\":200000,\"size\":1}]",
     "", NULL, HOST, false, OCI_IDS_CONFIG, true, false, 0, "host-ids"},
    {"behind another's range", "",
     WITH("{\"type\":\"user\"}") ",\"uidMappings\":[{\"containerID\":0,\"hostID\":1879113728,\"size\":1}],"
                                 "\"gidMappings\":[{\"containerID\":0,\"hostID\":200000,\"size\":1}]",
     "", NULL, HOST, false, OCI_IDS_CONFIG, false, false, 0, NULL},
    {"second extent is root", "",
     WITH("{\"type\":\"user\"}") ",\"uidMappings\":[{\"containerID\":1,\"hostID\":200000,\"size\":5},{"
                                 "\"containerID\":0,\"hostID\":0,\"size\":1}],\"gidMappings\":[{"
                                 "\"containerID\":0,\"hostID\":200000,\"size\":1}]",
     "", NULL, HOST, false, OCI_IDS_CONFIG, true, false, 0, "uidMappings[1]"},
    {"mapped to root, allowed", "", MAPS("0", "200000"), "", FOR_ALL("host-ids"), KUBERNETES, false,
     OCI_IDS_CONFIG, false, false, BIT(HOST_IDS), "trusted"},
    {"joined", "", WITH("{\"type\":\"user\",\"path\":\"/proc/77/ns/user\"}"), "", NULL, HOST, false,
     OCI_IDS_JOINED, false, false, 0, NULL},
    {"host root asked for", "", PLAIN, "\"org.unroot.userns\":\"host\"", NULL, HOST, false, OCI_IDS_HOST,
     true, false, 0, "host's root"},
    {"host root asked for and allowed", "", PLAIN, "\"org.unroot.userns\":\"host\"", FOR_ALL("host-root"),
     KUBERNETES, false, OCI_IDS_HOST, false, false, BIT(HOST_ROOT), "trusted"},
    {"host root allowed", "", PLAIN, "", FOR_ALL("host-root"), KUBERNETES, false, OCI_IDS_HOST, false, false,
     BIT(HOST_ROOT), "trusted"},
    {"host root allowed, not wanted", "", PLAIN, "\"org.unroot.userns\":\"auto\"", FOR_ALL("host-root"),
     KUBERNETES, false, OCI_IDS_RANGE, false, false, 0, NULL},
    {"userns, odd word", "", PLAIN, "\"org.unroot.userns\":\"none\"", NULL, HOST, false, OCI_IDS_RANGE, true,
     false, 0, "auto or host"},
    {"plain, audit", "", PLAIN, "", NULL, HOST, true, OCI_IDS_HOST, false, false, 0, "with ids of its own"},
    {"plain, audit in the file", "", PLAIN, "", "{\"mode\":\"audit\"}", HOST, false, OCI_IDS_HOST, false,
     false, 0, "with ids of its own"},
    {"nested", "", PLAIN, "", NULL, NESTED, false, OCI_IDS_INHERITED, false, false, 0, NULL},
    {"nested, mapped to 0", "", MAPS("0", "0"), "", NULL, NESTED, false, OCI_IDS_CONFIG, false, false, 0,
     NULL},
    {"nested, privileged, host pid", ALL_CAPABILITIES, "\"namespaces\":[{\"type\":\"mount\"}]", "", NULL,
     NESTED, false, OCI_IDS_INHERITED, false, false, 0, NULL},
    {"image matches", ALL_CAPABILITIES, PLAIN, IMAGE("docker.io/library/registry:2"),
     FOR_IMAGE("docker.io/library/registry:*", "privileged"), KUBERNETES, false, OCI_IDS_RANGE, false, false,
     BIT(PRIVILEGED), "trusted"},
    {"image does not match", ALL_CAPABILITIES, PLAIN, IMAGE("docker.io/library/other:2"),
     FOR_IMAGE("docker.io/library/registry:*", "privileged"), KUBERNETES, false, OCI_IDS_RANGE, true, false,
     0, "--privileged"},
    {"no image", ALL_CAPABILITIES, PLAIN, "", FOR_IMAGE("*", "privileged"), KUBERNETES, false, OCI_IDS_RANGE,
     true, false, 0, "--privileged"},
    {"docker's user says an image", ALL_CAPABILITIES, PLAIN, IMAGE("docker.io/library/registry:2"),
     FOR_IMAGE("*", "privileged"), DOCKER, false, OCI_IDS_RANGE, true, false, 0, "--privileged"},
    {"docker's namespace", ALL_CAPABILITIES, PLAIN, "",
     "{\"rules\":[{\"namespaces\":[\"moby\"],\"allow\":[\"privileged\"],\"reason\":\"x\"}]}", DOCKER, false,
     OCI_IDS_RANGE, false, false, BIT(PRIVILEGED), "(privileged): x"},
    {"docker's user says a namespace", ALL_CAPABILITIES, PLAIN,
     "\"io.kubernetes.cri.sandbox-namespace\":\"kube-system\"",
     "{\"rules\":[{\"namespaces\":[\"kube-system\"],\"allow\":[\"privileged\"],\"reason\":\"x\"}]}", DOCKER,
     false, OCI_IDS_RANGE, true, false, 0, "--privileged"},
    {"kubernetes' namespace", ALL_CAPABILITIES, PLAIN,
     "\"io.kubernetes.cri.sandbox-namespace\":\"kube-system\"",
     "{\"rules\":[{\"namespaces\":[\"kube-*\"],\"allow\":[\"privileged\"],\"reason\":\"x\"}]}", KUBERNETES,
     false, OCI_IDS_RANGE, false, false, BIT(PRIVILEGED), "x"},
    {"another namespace", ALL_CAPABILITIES, PLAIN, "\"io.kubernetes.cri.sandbox-namespace\":\"default\"",
     "{\"rules\":[{\"namespaces\":[\"kube-*\"],\"allow\":[\"privileged\"],\"reason\":\"x\"}]}", KUBERNETES,
     false, OCI_IDS_RANGE, true, false, 0, "--privileged"},
    {"annotation matches", ALL_CAPABILITIES, PLAIN, "\"team\":\"storage-2\"",
     FOR_ANNOTATION("team", "storage-?", "privileged"), DOCKER, false, OCI_IDS_RANGE, false, false,
     BIT(PRIVILEGED), "trusted"},
    {"annotation has another value", ALL_CAPABILITIES, PLAIN, "\"team\":\"storage\"",
     FOR_ANNOTATION("team", "storage-?", "privileged"), DOCKER, false, OCI_IDS_RANGE, true, false, 0,
     "--privileged"},
    {"both must match", ALL_CAPABILITIES, PLAIN, IMAGE("a"),
     "{\"rules\":[{\"images\":[\"a\"],\"namespaces\":[\"b\"],\"allow\":[\"privileged\"],\"reason\":\"x\"}]}",
     KUBERNETES, false, OCI_IDS_RANGE, true, false, 0, "--privileged"},
    {"binds same, unasked", "", PLAIN, "\"org.unroot.binds\":\"same\"", NULL, HOST, false, OCI_IDS_RANGE,
     true, false, 0, "administrator"},
    {"binds odd word", "", PLAIN, "\"org.unroot.binds\":\"all\"", NULL, HOST, false, OCI_IDS_RANGE, true,
     false, 0, "owner or same"},
    {"binds same in the policy", "", PLAIN, "\"org.unroot.binds\":\"same\"", "{\"binds\":\"same\"}", HOST,
     false, OCI_IDS_RANGE, false, false, 0, NULL},
};

static char *make_config(const struct row *row)
{
    char *text;
    int n = asprintf(&text,
                     "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/"
                     "\",\"args\":[\"a\"]%s},"
                     "\"annotations\":{%s},\"linux\":{%s}}",
                     row->process, row->annotations, row->platform);
    assert_true(n > 0);
    return text;
}

static void parse_all(const struct row *row, struct oci_config *config, struct policy_config *policy)
{
    autofree char *text = make_config(row);
    autoreport struct report errors = {0};
    const struct oci_reports reports = {.errors = &errors};
    int r = oci_config_parse("config.json", text, strlen(text), &reports, config);
    if (r == 0 && row->policy)
        r = policy_config_parse("policy.json", row->policy, strlen(row->policy), &errors, policy);
    if (r < 0)
        fail_msg("%s: %s: %s", row->name, errors.items[0].place, errors.items[0].text);
}

static void check_said(const struct row *row, const struct oci_decision *d)
{
    bool found = false;
    for (size_t i = 0; i < d->judgement_count; i++) {
        if (row->said && strstr(d->judgements[i].text, row->said))
            found = true;
        if (!row->said && d->judgements[i].verdict != OCI_TOLD)
            fail_msg("%s: said: %s", row->name, d->judgements[i].text);
    }
    if (row->said && !found)
        fail_msg("%s: not said: %s (but: %s)", row->name, row->said,
                 d->judgement_count ? d->judgements[0].text : "");
}

static void decide_row(const struct row *row)
{
    static const uint32_t accounts[] = {1000, 1001};
    static const struct id_extent taken[] = {{0, 1879048192, 65536}};
    static const char *const engines[] = {
        [HOST] = "", [NESTED] = "", [DOCKER] = "moby", [KUBERNETES] = "k8s.io", [POD] = "k8s.io"};
    autociconfig struct oci_config config = {0};
    autopolicy struct policy_config policy = {0};
    autodecision struct oci_decision d = {0};
    struct oci_host_facts host = {.initial_userns = row->host != NESTED,
                                  .accounts = accounts,
                                  .account_count = ARRAY_SIZE(accounts),
                                  .taken = taken,
                                  .taken_count = ARRAY_SIZE(taken),
                                  .engine_namespace = engines[row->host],
                                  .own_namespaces = row->host == POD ? UINT32_MAX : 0};
    parse_all(row, &config, &policy);
    const struct oci_policy_question question = {&config, &policy, &host, row->audit};
    assert_int_equal(oci_policy_decide(&question, &d), 0);
    if (d.ids != row->ids || d.refused != row->refused || d.without_root != row->without_root ||
        d.exceptions != row->exceptions)
        fail_msg("%s: ids %d, refused %d, without root %d, exceptions %llx: %s", row->name, (int)d.ids,
                 d.refused, d.without_root, (unsigned long long)d.exceptions,
                 d.judgement_count ? d.judgements[d.judgement_count - 1].text : "");
    check_said(row, &d);
    struct failure failure = {0};
    assert_int_equal(oci_decision_check(&d, &failure), row->refused ? -EPERM : 0);
    if (row->refused && row->said && !strstr(failure.text, row->said))
        fail_msg("%s: %s", row->name, failure.text);
}

static void every_row_is_decided(void **state)
{
    assert_true(ARRAY_SIZE(rows) >= 80);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        decide_row(&rows[i]);
}

static void a_container_names_its_sandbox(void **state)
{
    static const struct {
        const char *annotations, *engine, *sandbox;
    } cases[] = {
        {"\"io.kubernetes.cri.container-type\":\"container\",\"io.kubernetes.cri.sandbox-id\":\"s1\"",
         "k8s.io", "s1"},
        {"\"io.kubernetes.cri-o.ContainerType\":\"container\",\"io.kubernetes.cri-o.SandboxID\":\"s2\"", "",
         "s2"},
        {"\"io.kubernetes.cri.container-type\":\"sandbox\",\"io.kubernetes.cri.sandbox-id\":\"s1\"", "k8s.io",
         NULL},
        {"\"io.kubernetes.cri.container-type\":\"container\",\"io.kubernetes.cri.sandbox-id\":\"s1\"", "moby",
         NULL},
        {"", "k8s.io", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct row row = {"", "", PLAIN, cases[i].annotations, NULL, HOST};
        const struct oci_host_facts host = {.engine_namespace = cases[i].engine};
        autociconfig struct oci_config config = {0};
        autopolicy struct policy_config policy = {0};
        parse_all(&row, &config, &policy);
        const char *id = oci_config_sandbox(&config, &host);
        assert_true(cases[i].sandbox ? streq(id, cases[i].sandbox) : id == NULL);
    }
}

static void exec_as_root_needs_root(void **state)
{
    struct failure failure = {0};
    assert_int_equal(oci_policy_allow_exec(false, 0, &failure), 0);
    assert_int_equal(oci_policy_allow_exec(true, 1, &failure), 0);
    assert_int_equal(oci_policy_allow_exec(true, 0, &failure), -EPERM);
    assert_non_null(strstr(failure.text, "org.unroot.root=mapped"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_decided),
        cmocka_unit_test(a_container_names_its_sandbox),
        cmocka_unit_test(exec_as_root_needs_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
