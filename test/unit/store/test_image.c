/* SPDX-License-Identifier: Apache-2.0 */
/* The list of images, references, blobs, and what is deleted when. No unpacking: layers are folders made
 * here. */
#include "base/strings.h"
#include "kernel/file.h"
#include "kernel/tree.h"
#include "store/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/var/tmp/unroot-image.XXXXXX";
static struct store store;
static struct failure failure;

/* A layer with this content, blob and folder. */
static struct layer_result make_layer(const char *content)
{
    struct layer_result layer = {.size = strlen(content)};
    assert_int_equal(blob_write(&store, content, strlen(content), &layer.digest), 0);
    layer.diffid = layer.digest;
    assert_true(mkdirat(store.layers_fd, layer.diffid.hex, 0755) == 0 || errno == EEXIST);
    return layer;
}

static struct digest make_image(const char *content, const char *user, const char *reference)
{
    struct layer_result layer = make_layer(content);
    autoconfig struct image_config config = {
        .os = strdup("linux"), .architecture = strdup("amd64"), .user = strdup(user)};
    assert_int_equal(image_config_add_layer(&config, &layer.diffid), 0);
    const struct image_new image = {
        .config = &config, .layers = &layer, .layer_count = 1, .reference = reference};
    struct digest id;
    failure = (struct failure){0};
    if (image_write(&store, &image, &id, &failure) < 0)
        fail_msg("%s", failure.text);
    return id;
}

static void expect_found(const char *who, const struct digest *id)
{
    autoimage struct image image = {0};
    failure = (struct failure){0};
    if (image_find(&store, who, &image, &failure) < 0)
        fail_msg("%s: %s", who, failure.text);
    assert_string_equal(image.id.hex, id->hex);
}

static void expect_missing(const char *who, int error)
{
    autoimage struct image image = {0};
    failure = (struct failure){0};
    assert_int_equal(image_find(&store, who, &image, &failure), error);
    assert_non_null(strstr(failure.text, who));
}

static size_t count_entries(int dirfd)
{
    size_t count = 0;
    DIR *d = fdopendir(openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    assert_non_null(d);
    while (readdir(d))
        count++;
    (void)closedir(d);
    return count - 2;
}

static uint64_t collect(const char *used)
{
    autostrings struct strings ids = {0};
    uint64_t bytes = 0;
    if (used)
        assert_int_equal(strings_add(&ids, used), 0);
    autoclose int lock = store_lock(&store, STORE_LOCK_COLLECT);
    assert_true(lock >= 0);
    failure = (struct failure){0};
    if (store_collect(&store, &ids, &bytes, &failure) < 0)
        fail_msg("%s", failure.text);
    return bytes;
}

static void images_are_found_by_name_id_and_prefix(void **state)
{
    (void)state;
    struct digest a = make_image("a", "950", "docker.io/library/web:latest");
    struct digest b = make_image("b", "951", "docker.io/library/web:2");
    expect_found("web", &a);
    expect_found("web:latest", &a);
    expect_found("docker.io/library/web:2", &b);
    expect_found(a.hex, &a);
    char text[DIGEST_TEXT_LENGTH + 1], prefix[13];
    expect_found(digest_write(&b, text), &b);
    (void)snprintf(prefix, sizeof(prefix), "%.12s", b.hex);
    expect_found(prefix, &b);
    expect_missing("web:3", -ENOENT);
    expect_missing("0000000000000000", -ENOENT);
    expect_missing("no such", -ENOENT);
    expect_missing("", -ENOENT);
}

static void a_prefix_of_two_ids_is_ambiguous(void **state)
{
    (void)state;
    /* Among seventeen ids two begin with the same digit. */
    char used[17] = {0}, content[16];
    for (int i = 0; i < 17; i++) {
        (void)snprintf(content, sizeof(content), "ambiguous-%d", i);
        struct digest id = make_image(content, "1", NULL);
        char first[2] = {id.hex[0], '\0'};
        if (strchr(used, first[0])) {
            expect_missing(first, -EEXIST);
            return;
        }
        used[i] = first[0];
    }
    fail();
}

static void a_name_moves_and_leaves_a_dangling_image(void **state)
{
    (void)state;
    const char *name = "docker.io/library/moves:1";
    struct digest old = make_image("old", "1", name), new = make_image("new", "1", name);
    expect_found("moves:1", &new);
    autoimage struct image image = {0};
    assert_int_equal(image_find(&store, old.hex, &image, &failure), 0);
    assert_int_equal(image.references.count, 0);
    /* Given again, the dangling entry becomes the named one: it is listed once. */
    assert_int_equal(image_set_reference(&store, &image.manifest, name, &failure), 0);
    expect_found("moves:1", &old);
    autoentries struct image_entries entries = {0};
    assert_int_equal(image_enumerate(&store, &entries, &failure), 0);
    size_t times = 0;
    for (size_t i = 0; i < entries.count; i++)
        times += digest_equal(&entries.items[i].id, &old);
    assert_int_equal(times, 1);
}

static void several_names_are_one_image(void **state)
{
    (void)state;
    struct digest id = make_image("several", "1", "docker.io/library/one:1");
    autoimage struct image image = {0}, again = {0};
    assert_int_equal(image_find(&store, "one:1", &image, &failure), 0);
    assert_int_equal(image_set_reference(&store, &image.manifest, "docker.io/library/two:2", &failure), 0);
    assert_int_equal(image_find(&store, "two:2", &again, &failure), 0);
    assert_string_equal(again.id.hex, id.hex);
    assert_int_equal(again.references.count, 2);
    assert_int_equal(image_unset_reference(&store, "docker.io/library/one:1", &failure), 0);
    expect_missing("one:1", -ENOENT);
    expect_found("two:2", &id);
    assert_int_equal(image_unset_reference(&store, "docker.io/library/one:1", &failure), -ENOENT);
}

static void only_what_nothing_refers_to_is_deleted(void **state)
{
    (void)state;
    (void)collect(NULL);
    size_t blobs = count_entries(store.blobs_fd), layers = count_entries(store.layers_fd);
    struct digest id = make_image("garbage", "1", "docker.io/library/garbage:1");
    make_layer("of nobody");
    assert_int_equal(collect(NULL), strlen("of nobody"));
    assert_int_equal(count_entries(store.layers_fd), layers + 1);
    expect_found("garbage:1", &id);
    /* Forgotten while a container uses it: config and layer stay, and it is found by its id. */
    assert_int_equal(image_forget(&store, &id, &failure), 0);
    (void)collect(id.hex);
    expect_missing("garbage:1", -ENOENT);
    expect_found(id.hex, &id);
    assert_int_equal(count_entries(store.layers_fd), layers + 1);
    (void)collect(NULL);
    expect_missing(id.hex, -ENOENT);
    assert_int_equal(count_entries(store.blobs_fd), blobs);
    assert_int_equal(count_entries(store.layers_fd), layers);
}

static void rubbish_goes_and_strange_names_stay(void **state)
{
    (void)state;
    assert_int_equal(mkdirat(store.layers_fd, ".new-0123", 0755), 0);
    assert_int_equal(mkdirat(store.layers_fd, ".new-0123/sub", 0), 0);
    assert_int_equal(mkdirat(store.layers_fd, ".gone-0123", 0755), 0);
    assert_int_equal(file_write_atomic(store.blobs_fd, "oci-put-blob123", "x", 1, false), 0);
    size_t layers = count_entries(store.layers_fd), blobs = count_entries(store.blobs_fd);
    (void)collect(NULL);
    assert_int_equal(count_entries(store.layers_fd), layers - 2);
    assert_int_equal(count_entries(store.blobs_fd), blobs);
}

static void nothing_is_deleted_while_something_is_added(void **state)
{
    (void)state;
    autoclose int adding = store_lock(&store, STORE_LOCK_ADD), another = store_lock(&store, STORE_LOCK_ADD);
    assert_true(adding >= 0 && another >= 0);
    assert_int_equal(store_lock(&store, STORE_LOCK_COLLECT), -EWOULDBLOCK);
}

static void a_broken_list_is_refused_and_nothing_deleted(void **state)
{
    (void)state;
    autofree char *before = NULL;
    size_t size;
    struct digest id = make_image("kept", "1", "docker.io/library/kept:1");
    assert_int_equal(file_read_all(store.images_fd, "index.json", 1 << 20, &before, &size), 0);
    size_t blobs = count_entries(store.blobs_fd);
    assert_int_equal(file_write_atomic(store.images_fd, "index.json", before, size / 2, false), 0);
    autoimage struct image image = {0};
    failure = (struct failure){0};
    assert_int_equal(image_find(&store, "kept:1", &image, &failure), -EINVAL);
    assert_non_null(strstr(failure.text, "index.json"));
    struct strings none = {0};
    assert_true(store_collect(&store, &none, NULL, &failure) < 0);
    assert_int_equal(count_entries(store.blobs_fd), blobs);
    assert_int_equal(file_write_atomic(store.images_fd, "index.json", before, size, false), 0);
    expect_found("kept:1", &id);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(root))
        return -1;
    autoclose int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return store_open(&store, fd, "/nowhere", &failure);
}

static int tear_down(void **state)
{
    (void)state;
    store_close(&store);
    autoclose int parent = open("/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return tree_remove(parent, strrchr(root, '/') + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(images_are_found_by_name_id_and_prefix),
        cmocka_unit_test(a_prefix_of_two_ids_is_ambiguous),
        cmocka_unit_test(a_name_moves_and_leaves_a_dangling_image),
        cmocka_unit_test(several_names_are_one_image),
        cmocka_unit_test(only_what_nothing_refers_to_is_deleted),
        cmocka_unit_test(rubbish_goes_and_strange_names_stay),
        cmocka_unit_test(nothing_is_deleted_while_something_is_added),
        cmocka_unit_test(a_broken_list_is_refused_and_nothing_deleted),
    };
    if (geteuid() != 0) {
        printf("needs root: the store's folders belong to other ids\n");
        return 77;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
