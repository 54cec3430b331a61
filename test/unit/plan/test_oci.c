/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/oci.h"
#include "plan/oci_parts.h"

#include "formats/capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cmocka.h>

#define RANGE_FIRST 1879048192u
#define NAMESPACES                                                                                           \
    "{\"type\":\"mount\"},{\"type\":\"pid\"},{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"}"

/* What a test needs together; `sources` are all the same. */
struct scene {
    struct oci_config config;
    struct policy_config policy;
    struct oci_decision decision;
    struct oci_plan plan;
    struct failure failure;
    struct oci_source_facts source;
    struct id_map joined;
    int error;
};

static void scene_free(struct scene *s)
{
    oci_plan_free(&s->plan);
    oci_decision_free(&s->decision);
    policy_config_free(&s->policy);
    oci_config_free(&s->config);
}
#define autoscene __attribute__((cleanup(scene_free)))

/* `process`: members beside args and cwd; `rest`: members of the configuration, each with a comma before. */
static void play(struct scene *s, const char *process, const char *platform, const char *rest)
{
    autofree char *text = NULL;
    autoreport struct report errors = {0};
    const struct oci_reports reports = {.errors = &errors};
    const struct oci_host_facts host = {.initial_userns = true, .engine_namespace = ""};
    scene_free(s);
    s->failure = (struct failure){0};
    assert_true(
        asprintf(&text,
                 "{\"ociVersion\":\"1.2.0\",\"root\":{\"path\":\"rootfs\"},\"process\":{\"cwd\":\"/\","
                 "\"args\":[\"a\",\"b\"]%s},\"linux\":{%s}%s}",
                 process, platform, rest) > 0);
    if (oci_config_parse("config.json", text, strlen(text), &reports, &s->config) < 0)
        fail_msg("%s: %s", errors.items[0].place, errors.items[0].text);
    const struct oci_policy_question question = {&s->config, &s->policy, &host, false};
    assert_int_equal(oci_policy_decide(&question, &s->decision), 0);
    autofree struct oci_source_facts *sources = calloc(s->config.mount_count + 1, sizeof(*sources));
    assert_non_null(sources);
    for (size_t i = 0; i < s->config.mount_count; i++)
        sources[i] = s->source;
    const struct oci_plan_input input = {.config = &s->config,
                                         .decision = &s->decision,
                                         .id = "c1",
                                         .bundle = "/bundle",
                                         .range_first = RANGE_FIRST,
                                         .sources = sources,
                                         .joined_uids = &s->joined,
                                         .joined_gids = &s->joined,
                                         .available_capabilities = CAPABILITY_ALL};
    s->error = oci_plan_make(&input, &s->plan, &s->failure);
}

static uint32_t outside_of(const struct id_map *map, uint32_t inside)
{
    uint32_t outside;
    return id_map_to_outside(map, inside, &outside) ? outside : 0;
}

static void root_gets_a_range(void **state)
{
    autoscene struct scene s = {0};
    play(&s, "", "\"namespaces\":[" NAMESPACES "]", "");
    assert_int_equal(s.error, 0);
    assert_int_equal(outside_of(&s.plan.start.uids, 0), RANGE_FIRST);
    assert_int_equal(outside_of(&s.plan.start.gids, 65535), RANGE_FIRST + 65535);
    assert_int_equal(id_map_size(&s.plan.start.uids), 65536);
    assert_true(s.plan.root_idmapped);
    assert_int_equal(outside_of(&s.plan.root_uids, 999), RANGE_FIRST + 999);
    assert_int_equal(s.plan.places[OCI_NAMESPACE_USER], OCI_PLACE_NEW);
    assert_int_equal(s.plan.places[OCI_NAMESPACE_CGROUP], OCI_PLACE_NEW);
    assert_int_equal(s.plan.places[OCI_NAMESPACE_TIME], OCI_PLACE_HOST);
    assert_string_equal(s.plan.root, "/bundle/rootfs");
    assert_string_equal(s.plan.start.process.argv.items[1], "b");
}

static void user_gets_no_root(void **state)
{
    autoscene struct scene s = {0};
    play(&s, ",\"user\":{\"uid\":1000,\"gid\":1000}", "\"namespaces\":[" NAMESPACES "]", "");
    assert_int_equal(s.error, 0);
    assert_int_equal(outside_of(&s.plan.start.uids, 0), 0);
    assert_int_equal(outside_of(&s.plan.start.gids, 0), 0);
    assert_int_equal(outside_of(&s.plan.start.uids, 1000), RANGE_FIRST + 1000);
    assert_int_equal(outside_of(&s.plan.start.file_uids, 0), RANGE_FIRST);
    play(&s, ",\"user\":{\"uid\":1000,\"gid\":0}", "\"namespaces\":[" NAMESPACES "]", "");
    assert_int_equal(outside_of(&s.plan.start.uids, 0), 0);
    assert_int_equal(outside_of(&s.plan.start.gids, 0), RANGE_FIRST);
    play(&s, ",\"user\":{\"uid\":70000,\"gid\":0}", "\"namespaces\":[" NAMESPACES "]", "");
    assert_int_equal(s.error, -EINVAL);
    assert_non_null(strstr(s.failure.text, "process.user.uid: 70000"));
}

static void own_mappings_stay(void **state)
{
    static const char mapped[] = "\"namespaces\":[" NAMESPACES ",{\"type\":\"user\"}],"
                                 "\"uidMappings\":[{\"containerID\":0,\"hostID\":200000,\"size\":1000}],"
                                 "\"gidMappings\":[{\"containerID\":0,\"hostID\":300000,\"size\":1000}]";
    static const char joined[] =
        "\"namespaces\":[" NAMESPACES ",{\"type\":\"user\",\"path\":\"/proc/5/ns/user\"}]";
    autoscene struct scene s = {0};
    play(&s, "", mapped, "");
    assert_int_equal(s.error, 0);
    assert_int_equal(s.plan.start.host_group_base, 300000);
    assert_false(s.plan.root_idmapped);
    play(&s, ",\"user\":{\"uid\":1000,\"gid\":0}", mapped, "");
    assert_int_equal(s.error, -EINVAL);
    s.joined = (struct id_map){.count = 1, .extents = {{0, 400000, 1000}}};
    play(&s, "", joined, "");
    assert_int_equal(s.error, 0);
    assert_int_equal(s.plan.places[OCI_NAMESPACE_USER], OCI_PLACE_JOIN);
    assert_string_equal(s.plan.paths[OCI_NAMESPACE_USER], "/proc/5/ns/user");
    /* Engines repeat the mappings beside the path: they must be that namespace's. */
    static const char repeated[] =
        "\"namespaces\":[" NAMESPACES ",{\"type\":\"user\",\"path\":\"/proc/5/ns/user\"}],"
        "\"uidMappings\":[{\"containerID\":0,\"hostID\":400000,\"size\":1000}],"
        "\"gidMappings\":[{\"containerID\":0,\"hostID\":400000,\"size\":1000}]";
    play(&s, "", repeated, "");
    assert_int_equal(s.error, 0);
    s.joined.extents[0].count = 999;
    play(&s, "", repeated, "");
    assert_int_equal(s.error, -EINVAL);
    assert_non_null(strstr(s.failure.text, "linux.uidMappings is not what the user namespace to join has"));
    s.joined = (struct id_map){.count = 1, .extents = {{0, 0, 4294967295}}};
    play(&s, "", joined, "");
    assert_int_equal(s.error, -EPERM);
}

static void refused_is_not_planned(void **state)
{
    autoscene struct scene s = {0};
    play(&s, "", "\"namespaces\":[{\"type\":\"mount\"}]", "");
    assert_int_equal(s.error, -EPERM);
    assert_non_null(strstr(s.failure.text, "refused by policy: linux.namespaces has no pid namespace"));
    assert_int_equal(s.plan.start.uids.count, 0);
}

static void mounts_are_translated(void **state)
{
    static const char mounts[] =
        ",\"mounts\":[{\"destination\":\"/"
        "proc\",\"type\":\"proc\",\"source\":\"proc\",\"options\":[\"hidepid=2\"]},"
        "{\"destination\":\"/"
        "t\",\"type\":\"tmpfs\",\"options\":[\"mode=755\",\"size=64k\",\"uid=5\",\"gid=6\","
        "\"nr_inodes=10\",\"huge=never\",\"tmpcopyup\",\"noexec\"]},"
        "{\"destination\":\"/b\",\"source\":\"data\",\"options\":[\"rbind\",\"rro\",\"rslave\",\"suid\"]},"
        "{\"destination\":\"/x\",\"type\":\"ext4\",\"source\":\"/dev/"
        "x\",\"options\":[\"ro\",\"sync\",\"data=ordered\"]},"
        "{\"destination\":\"/proc\",\"options\":[\"remount\",\"ro\"]},"
        "{\"destination\":\"/sys/fs/cgroup\",\"type\":\"cgroup\",\"source\":\"cgroup\"}]";
    autoscene struct scene s = {.source = {.known = true, .uid = 0, .gid = 0, .idmappable = true}};
    play(&s, "", "\"namespaces\":[" NAMESPACES "]", mounts);
    assert_int_equal(s.error, 0);
    const struct mount_plan *m = s.plan.start.mounts;
    assert_int_equal(s.plan.start.mount_count, 6);
    assert_true(m[0].origin == MOUNT_OF_PROC && streq(m[0].data.items[0], "hidepid=2"));
    assert_true(m[1].origin == MOUNT_OF_TMPFS && m[1].mode == 0755 && m[1].size == 65536 &&
                m[1].inodes == 10);
    assert_true(m[1].uid == RANGE_FIRST + 5 && m[1].gid == RANGE_FIRST + 6 && m[1].copy_up_image);
    assert_true(m[1].data.count == 1 && streq(m[1].data.items[0], "huge=never"));
    assert_true(m[1].attributes == MOUNT_ATTR_NOEXEC);
    assert_true(m[2].origin == MOUNT_OF_PATH && m[2].recursive && m[2].recursive_set == MOUNT_ATTR_RDONLY);
    assert_true(m[2].cleared == MOUNT_ATTR_NOSUID && m[2].propagations[0] == (MS_SLAVE | MS_REC));
    assert_string_equal(m[2].source, "/bundle/data");
    assert_int_equal(outside_of(m[2].uids, 0), RANGE_FIRST);
    assert_true(m[3].origin == MOUNT_OF_FILESYSTEM && m[3].file_system_read_only);
    assert_string_equal(m[3].flags.items[0], "sync");
    assert_string_equal(m[3].data.items[0], "data=ordered");
    assert_true(m[4].origin == MOUNT_OF_REMOUNT && m[4].attributes == MOUNT_ATTR_RDONLY);
    assert_int_equal(m[5].origin, MOUNT_OF_CGROUP);
}

static void host_namespaces_are_shown(void **state)
{
    autoscene struct scene s = {0};
    play(&s, "", "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"}]",
         ",\"mounts\":[{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\"},"
         "{\"destination\":\"/dev/mqueue\",\"type\":\"mqueue\",\"source\":\"mqueue\"}]");
    assert_int_equal(s.error, 0);
    const struct mount_plan *m = s.plan.start.mounts;
    assert_true(m[0].origin == MOUNT_OF_PATH && streq(m[0].source, "/sys") && m[0].recursive);
    assert_true(m[0].recursive_set == MOUNT_ATTR_RDONLY && !m[0].uids);
    assert_int_equal(m[1].origin, MOUNT_OF_MQUEUE); /* the runtime is in that namespace, and may mount it */
    assert_int_equal(s.plan.notes.count, 1);
}

struct bind_case {
    const char *name;
    enum policy_binds binds;
    uint32_t owner, user;
    bool of_system;
    /* disk id of container ids 0, 1000, 999; 0xffffffff: none. S: STORAGE_BASE */
    uint32_t root, person, service;
};

#define S STORAGE_BASE
static const struct bind_case bind_cases[] = {
    {"engine's own, root inside", POLICY_BINDS_OWNER, 0, 0, false, 0, 1000, 999},
    {"engine's own, user inside", POLICY_BINDS_OWNER, 0, 1000, false, 0, 1000, 999},
    {"the host's system", POLICY_BINDS_OWNER, 0, 0, true, S, 1000, 999},
    {"a person's, root inside", POLICY_BINDS_OWNER, 1000, 0, false, 1000, S + 1000, 999},
    {"a person's, the same inside", POLICY_BINDS_OWNER, 1000, 1000, false, S, 1000, 999},
    {"a person's, another inside", POLICY_BINDS_OWNER, 1000, 999, false, S, S + 1000, 1000},
    {"a service's, root inside", POLICY_BINDS_OWNER, 999, 0, false, S, 1000, 999},
    {"a service's, another inside", POLICY_BINDS_OWNER, 70, 1000, false, S, 1000, 999},
    {"far away, root inside", POLICY_BINDS_OWNER, 500000, 0, false, 500000, 1000, 999},
    {"far away, user inside", POLICY_BINDS_OWNER, 500000, 1000, false, S, 500000, 999},
    {"same for all", POLICY_BINDS_SAME, 1000, 0, false, 0, 1000, 999},
    {"same for all, system", POLICY_BINDS_SAME, 0, 0, true, 0, 1000, 999},
};

static uint32_t disk_of(const struct id_map *map, uint32_t inside)
{
    uint32_t disk;
    return id_map_to_inside(map, RANGE_FIRST + inside, &disk) ? disk : UINT32_MAX;
}

static void binds_go_by_their_owner(void **state)
{
    const struct id_map container = {.count = 1, .extents = {{0, RANGE_FIRST, 65536}}};
    for (size_t i = 0; i < ARRAY_SIZE(bind_cases); i++) {
        const struct bind_case *c = &bind_cases[i];
        const struct oci_bind_question q = {c->binds, &container, c->owner, c->user, c->of_system, false};
        struct id_map map = {0};
        struct failure failure = {0};
        assert_int_equal(oci_bind_map(&q, &map, &failure), 0);
        assert_int_equal(id_map_check(&map, "map", &failure), 0);
        if (disk_of(&map, 0) != c->root || disk_of(&map, 1000) != c->person ||
            disk_of(&map, 999) != c->service)
            fail_msg("%s: %u %u %u", c->name, disk_of(&map, 0), disk_of(&map, 1000), disk_of(&map, 999));
        assert_int_equal(id_map_size(&map), 65536); /* nobody inside meets EOVERFLOW */
    }
    assert_true(oci_bind_is_of_system("/etc/ssl") && oci_bind_is_of_system("/var/run/docker.sock"));
    assert_true(oci_bind_is_of_system("/var/lib/docker") && oci_bind_is_of_system("/"));
    assert_false(oci_bind_is_of_system("/var/lib/docker/volumes/v/_data"));
    assert_false(oci_bind_is_of_system("/srv/pg"));
    assert_true(oci_bind_is_kept("/srv/data/volumes/v/_data") && oci_bind_is_kept("/x/volumes/v/_data/sub"));
    assert_false(oci_bind_is_kept("/x/volumes/v/_database") || oci_bind_is_kept("/x/volumes/_data"));
    const struct oci_bind_question kept = {POLICY_BINDS_OWNER, &container, 1000, 0, false, true};
    struct id_map map;
    struct failure failure = {0};
    uint32_t host;
    assert_int_equal(oci_bind_map(&kept, &map, &failure), 0); /* an image that drops to 1000 itself */
    assert_true(id_map_to_outside(&map, 1000, &host) && host == container.extents[0].outside + 1000);
}

static void mount_mappings_are_the_container_s(void **state)
{
    static const char one[] = ",\"mounts\":[{\"destination\":\"/b\",\"type\":\"bind\",\"source\":\"/x\","
                              "\"options\":[\"bind\",\"ridmap\"],"
                              "\"uidMappings\":[{\"containerID\":0,\"hostID\":1000,\"size\":5}],"
                              "\"gidMappings\":[{\"containerID\":0,\"hostID\":%s,\"size\":5}]}]";
    char rest[500];
    autoscene struct scene s = {0};
    snprintf(rest, sizeof(rest), one, "2000");
    play(&s, "", "\"namespaces\":[" NAMESPACES "]", rest);
    assert_int_equal(s.error, 0);
    assert_true(s.plan.start.mounts[0].idmap_recursive);
    assert_int_equal(outside_of(s.plan.start.mounts[0].uids, 0), RANGE_FIRST + 1000);
    snprintf(rest, sizeof(rest), one, "65533");
    play(&s, "", "\"namespaces\":[" NAMESPACES "]", rest);
    assert_int_equal(s.error, -EINVAL);
}

static void devices_and_process_arrive(void **state)
{
    autoscene struct scene s = {0};
    play(&s,
         ",\"capabilities\":{\"bounding\":[\"CAP_KILL\",\"CAP_NET_RAW\"],\"permitted\":[\"CAP_KILL\",\"CAP_"
         "CHOWN\"],"
         "\"effective\":[\"CAP_KILL\",\"CAP_NET_RAW\"],\"inheritable\":[\"CAP_KILL\",\"CAP_CHOWN\"],"
         "\"ambient\":[\"CAP_KILL\",\"CAP_NET_RAW\"]},\"oomScoreAdj\":5,\"terminal\":true,"
         "\"user\":{\"uid\":0,\"gid\":0,\"additionalGids\":[7],\"umask\":63}",
         "\"namespaces\":[" NAMESPACES
         "],\"devices\":[{\"path\":\"/dev/null\",\"type\":\"c\",\"major\":1,\"minor\":3,"
         "\"uid\":5,\"fileMode\":384}]",
         "");
    assert_int_equal(s.error, 0);
    const struct process_plan *p = &s.plan.start.process;
    uint64_t kill = CAPABILITY_BIT(CAP_KILL), raw = CAPABILITY_BIT(CAP_NET_RAW);
    assert_true(p->sets_given && p->bounding == (kill | raw) && p->effective == kill);
    assert_true(p->inheritable == kill && p->ambient == kill); /* only what is bounding */
    assert_true(p->has_oom_score_adj && p->oom_score_adj == 5 && p->tty && p->has_umask && p->umask == 077);
    assert_true(p->group_count == 1 && p->groups[0] == 7);
    assert_int_equal(s.plan.start.device_count, 6);
    const struct device_plan *last = &s.plan.start.devices[5];
    assert_string_equal(last->path, "/dev/null");
    assert_true(last->uid == RANGE_FIRST + 5 && last->gid == RANGE_FIRST && last->mode == 0600 &&
                last->type == S_IFCHR);
}

static void ping_groups_are_mapped_ones(void **state)
{
    static const struct {
        const char *user, *value, *expected;
    } cases[] = {
        {"", "0 2147483647", "net.ipv4.ping_group_range=1879048192 1879113727"},
        {"", "0 0", "net.ipv4.ping_group_range=1879048192 1879048192"},
        {"", "1 0", "net.ipv4.ping_group_range=1 0"},
        {",\"user\":{\"uid\":9,\"gid\":9}", "0 0", NULL},
        {",\"user\":{\"uid\":9,\"gid\":9}", "0\\t2147483647",
         "net.ipv4.ping_group_range=1879048193 1879113727"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autoscene struct scene s = {0};
        char platform[400];
        snprintf(platform, sizeof(platform),
                 "\"namespaces\":[" NAMESPACES "],\"sysctl\":{\"net.ipv4.ping_group_range\":\"%s\"}",
                 cases[i].value);
        play(&s, cases[i].user, platform, "");
        assert_int_equal(s.error, 0);
        assert_int_equal(s.plan.start.sysctls.count, cases[i].expected != NULL);
        assert_int_equal(s.plan.notes.count, cases[i].expected == NULL);
        if (cases[i].expected)
            assert_string_equal(s.plan.start.sysctls.items[0], cases[i].expected);
    }
}

static void a_joined_network_is_usable(void **state)
{
    static const char joined[] = "\"namespaces\":[{\"type\":\"mount\"},{\"type\":\"pid\"},"
                                 "{\"type\":\"network\",\"path\":\"/run/netns/pod\"}],"
                                 "\"sysctl\":{\"net.ipv4.ip_forward\":\"1\"}";
    static const char *const expected[] = {"net.ipv4.ip_unprivileged_port_start=0",
                                           "net.ipv4.ping_group_range=1879048192 1879113727",
                                           "net.ipv4.ip_forward=1"};
    autoscene struct scene s = {0};
    play(&s, ",\"capabilities\":{\"bounding\":[\"CAP_NET_BIND_SERVICE\",\"CAP_NET_RAW\"]}", joined, "");
    assert_int_equal(s.error, 0);
    assert_int_equal(s.plan.start.sysctls.count, ARRAY_SIZE(expected));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
        assert_string_equal(s.plan.start.sysctls.items[i], expected[i]);
    play(&s, "", joined, ""); /* without the capabilities nothing is opened */
    assert_int_equal(s.plan.start.sysctls.count, 1);
    play(&s, ",\"capabilities\":{\"bounding\":[\"CAP_NET_RAW\"]}", "\"namespaces\":[" NAMESPACES "]", "");
    assert_int_equal(s.plan.start.sysctls.count, 0); /* its own network: the capability counts */
}

static void exec_as_root_is_refused(void **state)
{
    autoscene struct scene s = {0};
    play(&s, ",\"user\":{\"uid\":9,\"gid\":9}", "\"namespaces\":[" NAMESPACES "]", "");
    assert_int_equal(s.error, 0);
    const struct oci_plan_input input = {.config = &s.config, .decision = &s.decision};
    char *args[] = {(char[]){"x"}, NULL};
    struct oci_process process = {.args = {.items = args, .count = 1}, .cwd = (char[]){"/"}};
    struct process_plan plan = {0};
    assert_int_equal(oci_plan_process(&process, &input, &plan, &s.failure), -EPERM);
    process.user.uid = 9;
    assert_int_equal(oci_plan_process(&process, &input, &plan, &s.failure), 0);
    process_plan_free(&plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_gets_a_range),
        cmocka_unit_test(user_gets_no_root),
        cmocka_unit_test(own_mappings_stay),
        cmocka_unit_test(refused_is_not_planned),
        cmocka_unit_test(mounts_are_translated),
        cmocka_unit_test(host_namespaces_are_shown),
        cmocka_unit_test(binds_go_by_their_owner),
        cmocka_unit_test(mount_mappings_are_the_container_s),
        cmocka_unit_test(devices_and_process_arrive),
        cmocka_unit_test(ping_groups_are_mapped_ones),
        cmocka_unit_test(a_joined_network_is_usable),
        cmocka_unit_test(exec_as_root_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
