/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/mount_spec.h"
#include "plan/settle.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cmocka.h>

#define H 1879048192u
#define NO_EXTRAS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

struct world {
    struct container_request request;
    struct image_config image;
    struct identity user;
    struct security_options security;
    struct settle_input input;
    struct start_plan plan;
    struct failure failure;
};

static void plan_begin(struct world *w)
{
    start_plan_free(&w->plan);
    w->failure = (struct failure){0};
    w->plan.file_uids = w->plan.file_gids = (struct id_map){1, {{0, H, 65536}}};
    w->plan.host_base = w->plan.host_group_base = H;
}

static int world_make(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    *state = w;
    if (!w)
        return -1;
    w->user = (struct identity){.uid = 1000, .gid = 100};
    w->input = (struct settle_input){
        .request = &w->request, .image = &w->image, .user = &w->user, .security = &w->security};
    return 0;
}

static int world_end(void **state)
{
    struct world *w = *state;
    container_request_free(&w->request);
    start_plan_free(&w->plan);
    security_options_free(&w->security);
    free(w);
    return 0;
}

static int settle(struct world *w)
{
    plan_begin(w);
    return settle_tree(&w->input, &w->plan, &w->failure);
}

static const struct mount_plan *mount_at(const struct world *w, const char *target)
{
    const struct mount_plan *found = NULL;
    for (size_t i = 0; i < w->plan.mount_count; i++)
        if (streq(w->plan.mounts[i].target, target)) {
            assert_null(found);
            found = &w->plan.mounts[i];
        }
    return found;
}

static void what_every_container_has(void **state)
{
    static const struct {
        const char *target;
        enum mount_origin origin;
        uint64_t attributes;
    } rows[] = {
        {"/proc", MOUNT_OF_PROC, NO_EXTRAS},
        {"/dev/pts", MOUNT_OF_DEVPTS, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC},
        {"/dev/shm", MOUNT_OF_TMPFS, NO_EXTRAS},
        {"/dev/mqueue", MOUNT_OF_MQUEUE, NO_EXTRAS},
        {"/sys", MOUNT_OF_SYSFS, NO_EXTRAS | MOUNT_ATTR_RDONLY},
        {"/sys/fs/cgroup", MOUNT_OF_CGROUP, 0},
    };
    struct world *w = *state;
    assert_int_equal(settle(w), 0);
    assert_int_equal(w->plan.mount_count, ARRAY_SIZE(rows));
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct mount_plan *m = mount_at(w, rows[i].target);
        assert_non_null(m);
        assert_int_equal(m->origin, rows[i].origin);
        assert_int_equal(m->attributes, rows[i].attributes);
    }
    assert_int_equal(mount_at(w, "/dev/pts")->gid, H + 5);
    assert_int_equal(mount_at(w, "/dev/shm")->size, 64u << 20);
    assert_int_equal(mount_at(w, "/dev/shm")->mode, 01777);
    assert_int_equal(w->plan.device_count, 6);
    for (size_t i = 0; i < w->plan.device_count; i++) {
        assert_int_equal(w->plan.devices[i].type, S_IFCHR);
        assert_int_equal(w->plan.devices[i].mode, 0666);
        assert_int_equal(w->plan.devices[i].uid, H);
    }
    assert_false(w->plan.rootfs.read_only);
}

static void the_hosts_network_shows_the_hosts_sys(void **state)
{
    struct world *w = *state;
    w->input.host_network = true;
    w->request.privileged = true;
    assert_int_equal(settle(w), 0);
    const struct mount_plan *sys = mount_at(w, "/sys");
    assert_int_equal(sys->origin, MOUNT_OF_PATH);
    assert_string_equal(sys->source, "/sys");
    assert_true(sys->recursive && sys->attributes & MOUNT_ATTR_RDONLY); /* even when privileged */
    w->input.host_network = false;
    assert_int_equal(settle(w), 0);
    assert_int_equal(mount_at(w, "/sys")->attributes, NO_EXTRAS);
}

static void files_of_ours(void **state)
{
    struct world *w = *state;
    w->input.passwd = "me:x:1000:100::/:/bin/sh\n";
    w->input.init_program = "/opt/unroot-init";
    plan_begin(w);
    w->plan.hostname = strdup("web");
    assert_int_equal(settle_tree(&w->input, &w->plan, &w->failure), 0);
    const struct mount_plan *hostname = mount_at(w, "/etc/hostname"), *passwd = mount_at(w, "/etc/passwd");
    assert_string_equal(hostname->text, "web\n");
    assert_int_equal(hostname->text_size, 4);
    assert_int_equal(hostname->attributes, NO_EXTRAS);
    assert_int_equal(hostname->uid, H);
    assert_string_equal(passwd->text, w->input.passwd);
    assert_true(passwd->attributes & MOUNT_ATTR_RDONLY); /* or who writes it becomes anyone */
    assert_int_equal(passwd->mode, 0644);
    assert_null(mount_at(w, "/etc/group"));
    const struct mount_plan *init = mount_at(w, SETTLE_INIT_PATH);
    assert_string_equal(init->source, "/opt/unroot-init");
    assert_true(init->attributes & MOUNT_ATTR_RDONLY);
}

static void read_only_leaves_somewhere_to_write(void **state)
{
    struct world *w = *state;
    w->request.read_only = true;
    assert_int_equal(settle(w), 0);
    assert_true(w->plan.rootfs.read_only);
    const struct mount_plan *run = mount_at(w, "/run"), *tmp = mount_at(w, "/tmp");
    assert_int_equal(run->mode, 0755);
    assert_int_equal(run->uid, H + 1000);
    assert_int_equal(run->gid, H + 100);
    assert_int_equal(tmp->mode, 01777);
    assert_int_equal(tmp->uid, H);
    assert_int_equal(tmp->attributes, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    assert_non_null(mount_at(w, "/var/tmp"));
}

static void masks(void **state)
{
    struct world *w = *state;
    assert_int_equal(settle(w), 0);
    assert_int_equal(w->plan.masked.count, 14);
    assert_int_equal(w->plan.read_only_paths.count, 5);
    assert_true(strings_contain(&w->plan.masked, "/proc/kcore"));
    assert_true(strings_contain(&w->plan.read_only_paths, "/proc/sys"));
    assert_int_equal(strings_add(&w->security.mask, "/srv"), 0);
    assert_int_equal(strings_add(&w->security.unmask, "/proc/kcore"), 0);
    assert_int_equal(strings_add(&w->security.unmask, "/proc/sys"), 0);
    assert_int_equal(settle(w), 0);
    assert_int_equal(w->plan.masked.count, 14);
    assert_int_equal(w->plan.read_only_paths.count, 4);
    assert_false(strings_contain(&w->plan.masked, "/proc/kcore"));
    assert_true(strings_contain(&w->plan.masked, "/srv"));
    for (int i = 0; i < 2; i++) { /* what was asked for stays, whatever opens the rest */
        w->security.unmask_all = i == 0;
        w->request.privileged = i == 1;
        assert_int_equal(settle(w), 0);
        assert_int_equal(w->plan.masked.count, 1);
        assert_string_equal(w->plan.masked.items[0], "/srv");
        assert_int_equal(w->plan.read_only_paths.count, 0);
    }
}

static void sysctls_and_sizes(void **state)
{
    struct world *w = *state;
    assert_int_equal(strings_add(&w->request.sysctls, "net.ipv4.ip_forward=1"), 0);
    w->request.shm_size = strdup("1m");
    assert_int_equal(settle(w), 0);
    assert_int_equal(w->plan.sysctls.count, 1);
    assert_string_equal(w->plan.sysctls.items[0], "net/ipv4/ip_forward=1");
    assert_int_equal(mount_at(w, "/dev/shm")->size, 1u << 20);
    w->input.host_network = true;
    assert_int_equal(settle(w), -EPERM);
    assert_non_null(strstr(w->failure.text, "would change the host"));
    w->input.host_network = false;
    assert_int_equal(strings_add(&w->request.sysctls, "kernel.panic=1"), 0);
    assert_true(settle(w) < 0);
    w->request.shm_size[1] = 'x';
    assert_int_equal(settle(w), -EINVAL);
    assert_non_null(strstr(w->failure.text, "--shm-size=1x"));
}

static void tmpfs_options(void **state)
{
    static const struct {
        const char *text;
        uint64_t attributes, size;
        uint32_t mode, uid, gid;
    } rows[] = {
        {"/t", NO_EXTRAS, 0, 01777, H, H},
        {"/t:exec,suid", MOUNT_ATTR_NODEV, 0, 01777, H, H},
        {"/t:ro,size=1m", NO_EXTRAS | MOUNT_ATTR_RDONLY, 1u << 20, 01777, H, H},
        {"/t:mode=0700,uid=7,gid=8", NO_EXTRAS, 0, 0700, H + 7, H + 8},
    };
    struct world *w = *state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        automount struct mount_spec spec = {0};
        plan_begin(w);
        assert_int_equal(mount_spec_parse_tmpfs(rows[i].text, &spec, &w->failure), 0);
        assert_int_equal(settle_tmpfs(&spec, &w->plan, &w->failure), 0);
        const struct mount_plan *m = mount_at(w, "/t");
        assert_int_equal(m->origin, MOUNT_OF_TMPFS);
        assert_int_equal(m->attributes, rows[i].attributes);
        assert_int_equal(m->size, rows[i].size);
        assert_int_equal(m->mode, rows[i].mode);
        assert_int_equal(m->uid, rows[i].uid);
        assert_int_equal(m->gid, rows[i].gid);
    }
    automount struct mount_spec spec = {0};
    plan_begin(w);
    assert_int_equal(mount_spec_parse_tmpfs("/t:dev", &spec, &w->failure), 0);
    assert_int_equal(settle_tmpfs(&spec, &w->plan, &w->failure), -EPERM);
    assert_int_equal(w->plan.mount_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_every_container_has, world_make, world_end),
        cmocka_unit_test_setup_teardown(the_hosts_network_shows_the_hosts_sys, world_make, world_end),
        cmocka_unit_test_setup_teardown(files_of_ours, world_make, world_end),
        cmocka_unit_test_setup_teardown(read_only_leaves_somewhere_to_write, world_make, world_end),
        cmocka_unit_test_setup_teardown(masks, world_make, world_end),
        cmocka_unit_test_setup_teardown(sysctls_and_sizes, world_make, world_end),
        cmocka_unit_test_setup_teardown(tmpfs_options, world_make, world_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
