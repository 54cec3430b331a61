/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/oci_config.h"

#include "formats/capability.h"
#include "formats/path_text.h"

#include <dirent.h>
#include <errno.h>
#include <linux/capability.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <cmocka.h>

struct reading {
    struct report errors, warnings;
    struct oci_config config;
    int error;
};

static void reading_free(struct reading *r)
{
    report_free(&r->errors);
    report_free(&r->warnings);
    oci_config_free(&r->config);
}
#define autoreading __attribute__((cleanup(reading_free)))

static void parse_text(const char *text, size_t size, struct reading *r)
{
    const struct oci_reports reports = {&r->errors, &r->warnings};
    r->error = oci_config_parse("config.json", text, size, &reports, &r->config);
}

static char *read_file(const char *name, size_t *ret_size)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/oci/%s", getenv("UNROOT_TEST_DATA"), name);
    FILE *f = fopen(path, "re");
    if (!f)
        fail_msg("%s: %s", path, strerror(errno));
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    *ret_size = fread(text, 1, (1 << 20) - 1, f);
    fclose(f);
    return text;
}

static void parse_file(const char *name, struct reading *r)
{
    size_t size;
    autofree char *text = read_file(name, &size);
    parse_text(text, size, r);
}

static void files_are_what_their_names_say(void **state)
{
    char folder[4000];
    int good = 0, bad = 0;
    snprintf(folder, sizeof(folder), "%s/oci", getenv("UNROOT_TEST_DATA"));
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        bool ok = strncmp(e->d_name, "ok-", 3) == 0;
        if (!ok && strncmp(e->d_name, "bad-", 4) != 0)
            continue;
        autoreading struct reading r = {0};
        parse_file(e->d_name, &r);
        if (r.error != (ok ? 0 : -EINVAL) || ok != (r.errors.count == 0))
            fail_msg("%s: %d, %zu findings: %s", e->d_name, r.error, r.errors.count,
                     r.errors.count ? r.errors.items[0].text : "");
        *(ok ? &good : &bad) += 1;
    }
    closedir(d);
    assert_true(good >= 70 && bad >= 130);
}

/* "FILE<TAB>PLACE<TAB>SENTENCE": what is said of every bad file, and the warnings of the good ones. */
static void findings_are_the_listed_ones(void **state)
{
    size_t size;
    autofree char *list = read_file("findings.txt", &size);
    int count = 0;
    char *rest = list;
    for (char *line = strsep(&rest, "\n"); line && *line != '\0'; line = strsep(&rest, "\n")) {
        char *name = strsep(&line, "\t"), *place = strsep(&line, "\t");
        autoreading struct reading r = {0};
        parse_file(name, &r);
        struct report *report = r.error < 0 ? &r.errors : &r.warnings;
        bool found = false;
        for (size_t i = 0; i < report->count; i++)
            found |= streq(report->items[i].place, place) && streq(report->items[i].text, line);
        if (!found)
            fail_msg("%s: not said: %s: %s\nbut: %s: %s", name, place, line,
                     report->count ? report->items[0].place : "", report->count ? report->items[0].text : "");
        count++;
    }
    assert_true(count >= 130);
}

static void process_arrives(void **state)
{
    autoreading struct reading r = {0};
    const struct oci_process *p = &r.config.process;
    parse_file("ok-user.json", &r);
    assert_int_equal(p->user.uid, 1000);
    assert_true(p->user.umask.given && p->user.umask.value == 022);
    assert_int_equal(p->user.group_count, 2);
    assert_int_equal(p->user.groups[1], 4294967294);
    assert_string_equal(p->args.items[0], "true");
    reading_free(&r);
    parse_file("ok-rlimits.json", &r);
    assert_int_equal(p->rlimit_count, 2);
    assert_int_equal(p->rlimits[0].resource, RLIMIT_CORE);
    assert_true(p->rlimits[0].hard == UINT64_MAX && p->rlimits[0].soft == 0);
    reading_free(&r);
    parse_file("ok-capabilities-five.json", &r);
    uint64_t both = CAPABILITY_BIT(CAP_NET_RAW) | CAPABILITY_BIT(CAP_KILL);
    assert_true(p->capabilities.given && p->capabilities.ambient == both && p->capabilities.bounding == both);
    reading_free(&r);
    parse_file("ok-scheduler-deadline.json", &r);
    assert_int_equal(p->scheduler.policy, 6);
    assert_int_equal(p->scheduler.period_ns, 3000000);
    reading_free(&r);
    parse_file("ok-affinity.json", &r);
    assert_string_equal(p->affinity_initial, "0-1, 3");
    reading_free(&r);
    parse_file("ok-io-priority.json", &r);
    assert_true(p->io_priority.given && p->io_priority.ioclass == 2 && p->io_priority.priority == 7);
}

static void platform_arrives(void **state)
{
    autoreading struct reading r = {0};
    const struct oci_linux *l = &r.config.platform;
    parse_file("ok-namespaces-all.json", &r);
    for (int i = 0; i < OCI_NAMESPACE_COUNT; i++)
        assert_true(l->namespaces[i].given);
    assert_string_equal(l->namespaces[OCI_NAMESPACE_NETWORK].path, "/run/netns/a");
    assert_true(l->boottime.seconds == -604800 && l->boottime.nanoseconds == 5);
    assert_string_equal(r.config.domainname, "d");
    reading_free(&r);
    parse_file("ok-mappings.json", &r);
    assert_int_equal(l->uids.count, 2);
    assert_int_equal(l->uids.items[1].inside, 1000);
    assert_int_equal(l->uids.items[1].outside, 200000);
    assert_int_equal(l->uids.items[1].count, 64536);
    reading_free(&r);
    parse_file("ok-devices.json", &r);
    assert_int_equal(l->device_count, 3);
    assert_true(l->devices[0].mode.value == 0666 && l->devices[1].type == 'p' && l->devices[2].type == 'c');
    reading_free(&r);
    parse_file("ok-memory-policy.json", &r);
    assert_true(l->memory_policy.given && l->memory_policy.mode == 3 && l->memory_policy.flags == 1u << 15);
    reading_free(&r);
    parse_file("ok-net-devices.json", &r);
    assert_int_equal(l->net_device_count, 2);
    assert_string_equal(l->net_devices[0].host_name, "eth0");
    assert_string_equal(l->net_devices[0].name, "container_eth0");
    assert_null(l->net_devices[1].name);
    reading_free(&r);
    parse_file("ok-seccomp.json", &r);
    assert_true(l->has_seccomp);
    assert_string_equal(l->seccomp.listener_path, "/run/l.sock");
    reading_free(&r);
    parse_file("ok-masked.json", &r);
    assert_true(l->rootfs_propagation == (MS_SHARED | MS_REC));
    assert_string_equal(l->masked_paths.items[0], "/proc/kcore");
}

static void resources_arrive(void **state)
{
    autoreading struct reading r = {0};
    parse_file("ok-resources-all.json", &r);
    const struct oci_resources *x = &r.config.platform.resources;
    assert_true(x->given);
    assert_int_equal(x->device_count, 3);
    assert_true(!x->devices[0].allow && x->devices[0].type == 'a' && x->devices[0].major == -1 &&
                x->devices[0].access == 7);
    assert_true(x->devices[1].major == 10 && x->devices[1].minor == 229 && x->devices[1].access == 3);
    assert_true(x->devices[2].major == -1 && x->devices[2].minor == -1);
    assert_true(x->memory.limit.value == 536870912 && x->memory.swap.value == -1);
    assert_true(x->memory.swappiness.given && x->memory.swappiness.value == 0);
    assert_true(x->cpu.quota.value == -1 && x->cpu.burst.given && x->cpu.idle.given);
    assert_string_equal(x->cpu.mems, "0-7");
    assert_int_equal(x->pids_limit.value, 32771);
    assert_true(x->io.weight.value == 10 && x->io.weights[0].weight == 500);
    assert_true(x->io.throttle[OCI_WRITE_IOPS].items[0].rate == 300);
    assert_string_equal(x->hugepages[0].page_size, "2MB");
    assert_true(x->class_id.value == 1048577 && x->interface_priorities[0].priority == 500);
    assert_string_equal(x->rdma[1].device, "rxe3");
    assert_true(!x->rdma[1].handles.given && x->rdma[1].objects.value == 1);
    assert_string_equal(strings_get_variable(&x->unified, "io.max"), "259:0 rbps=2097152");
}

static void hooks_and_annotations_arrive(void **state)
{
    autoreading struct reading r = {0};
    parse_file("ok-hooks.json", &r);
    for (int i = 0; i < OCI_HOOK_COUNT; i++) {
        assert_int_equal(r.config.hooks[i].count, 1);
        assert_string_equal(r.config.hooks[i].items[0].path, "/bin/true");
        assert_int_equal(r.config.hooks[i].items[0].timeout_seconds.value, 5);
        assert_int_equal(r.config.hooks[i].items[0].args.count, 2);
    }
    reading_free(&r);
    parse_file("ok-annotations.json", &r);
    assert_string_equal(oci_annotation(&r.config, "com.example.key"), "value=with=equals");
    assert_string_equal(oci_annotation(&r.config, "empty"), "");
    assert_null(oci_annotation(&r.config, "com.example"));
}

static void mounts_arrive(void **state)
{
    autoreading struct reading r = {0};
    parse_file("ok-mount-bind.json", &r);
    const struct oci_mount *m = &r.config.mounts[0];
    assert_true(m->is_bind && m->options.recursive && m->options.set == MOUNT_ATTR_RDONLY);
    assert_true(m->options.propagation[0] == (MS_SLAVE | MS_REC));
    assert_string_equal(m->source, "rel/path");
    reading_free(&r);
    parse_file("ok-mount-idmap.json", &r);
    assert_int_equal(r.config.mounts[0].options.idmap, OCI_IDMAP_RECURSIVE);
    assert_int_equal(r.config.mounts[0].uids.items[0].outside, 1000);
    reading_free(&r);
    parse_file("ok-mount-relative-destination.json", &r);
    assert_string_equal(r.config.mounts[0].destination, "/data");
}

struct option_case {
    const char *words; /* separated by spaces */
    uint64_t set, clear, recursive_set, recursive_clear;
    const char *flags, *data; /* the only one, or NULL */
};

static const struct option_case option_cases[] = {
    {"ro nosuid", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0, 0, 0, NULL, NULL},
    {"ro rw", 0, MOUNT_ATTR_RDONLY, 0, 0, NULL, NULL},
    {"rw ro", MOUNT_ATTR_RDONLY, 0, 0, 0, NULL, NULL},
    {"rro", 0, 0, MOUNT_ATTR_RDONLY, 0, NULL, NULL},
    {"rro rrw", 0, 0, 0, MOUNT_ATTR_RDONLY, NULL, NULL},
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, 0, 0, NULL, NULL},
    {"noatime strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, 0, 0, NULL, NULL},
    {"strictatime relatime", 0, MOUNT_ATTR__ATIME, 0, 0, NULL, NULL},
    {"rnoatime", 0, 0, MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME, NULL, NULL},
    {"nodev dev noexec", MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NODEV, 0, 0, NULL, NULL},
    {"sync dirsync async", 0, 0, 0, 0, "dirsync", NULL},
    {"lazytime nolazytime sync", 0, 0, 0, 0, "sync", NULL},
    {"mode=755", 0, 0, 0, 0, NULL, "mode=755"},
    {"rwx", 0, 0, 0, 0, NULL, "rwx"},
    {"noacl defaults", 0, 0, 0, 0, NULL, "noacl"},
    {"rnosymfollow nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0, MOUNT_ATTR_NOSYMFOLLOW, 0, NULL, NULL},
};

static void options_become_flags(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(option_cases); i++) {
        const struct option_case *c = &option_cases[i];
        struct oci_mount_options o = {0};
        char words[200], *rest = words;
        snprintf(words, sizeof(words), "%s", c->words);
        for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " "))
            assert_int_equal(oci_mount_option_read(word, &o), 0);
        if (o.set != c->set || o.clear != c->clear || o.recursive_set != c->recursive_set ||
            o.recursive_clear != c->recursive_clear || o.flags.count != (c->flags != NULL) ||
            o.data.count != (c->data != NULL) || (c->flags && !streq(o.flags.items[0], c->flags)) ||
            (c->data && !streq(o.data.items[0], c->data)))
            fail_msg("%s", c->words);
        oci_mount_options_free(&o);
    }
}

/* The look-up halves the table, and every recursive attribute has its plain one. */
static void option_table_is_sorted(void **state)
{
    const char *const *names = oci_mount_option_names();
    size_t count = 0;
    for (; names[count]; count++)
        if (count > 0 && strcmp(names[count - 1], names[count]) >= 0)
            fail_msg("%s, %s", names[count - 1], names[count]);
    assert_int_equal(count, 64);
    for (size_t i = 0; i < count; i++) {
        struct oci_mount_options o = {0};
        assert_int_equal(oci_mount_option_read(names[i], &o), 0);
        assert_true(o.data.count == 0 || strstr(names[i], "acl"));
        oci_mount_options_free(&o);
    }
}

static void process_and_resources_stand_alone(void **state)
{
    static const char process[] =
        "{\"cwd\":\"/tmp/../x\",\"args\":[\"a\",\"\"],\"user\":{\"uid\":1,\"gid\":2}}";
    static const char resources[] = "{\"memory\":{\"limit\":10},\"pids\":{\"limit\":-1},\"odd\":1}";
    static const char wrong[] = "{\"cwd\":\"/\",\"args\":[\"a\"],\n\"user\":{\"uid\":4294967296}}";
    autoreport struct report errors = {0}, warnings = {0};
    const struct oci_reports reports = {&errors, &warnings};
    autociprocess struct oci_process p = {0};
    autociresources struct oci_resources r = {0};
    assert_int_equal(oci_process_parse("process.json", process, strlen(process), &reports, &p), 0);
    assert_string_equal(p.cwd, "/x");
    assert_int_equal(p.user.gid, 2);
    assert_int_equal(oci_resources_parse("-", resources, strlen(resources), &reports, &r), 0);
    assert_true(r.memory.limit.value == 10 && r.pids_limit.value == -1);
    assert_int_equal(warnings.count, 1);
    assert_string_equal(warnings.items[0].place, "-:1: odd");
    struct oci_process none = {0};
    assert_int_equal(oci_process_parse("p", wrong, strlen(wrong), &reports, &none), -EINVAL);
    assert_string_equal(errors.items[0].place, "p:2: user.uid");
    const struct oci_reports nowhere = {0};
    assert_int_equal(oci_process_parse("p", wrong, strlen(wrong), &nowhere, &none), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_what_their_names_say),
        cmocka_unit_test(findings_are_the_listed_ones),
        cmocka_unit_test(process_arrives),
        cmocka_unit_test(platform_arrives),
        cmocka_unit_test(resources_arrive),
        cmocka_unit_test(hooks_and_annotations_arrive),
        cmocka_unit_test(mounts_arrive),
        cmocka_unit_test(options_become_flags),
        cmocka_unit_test(option_table_is_sorted),
        cmocka_unit_test(process_and_resources_stand_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
