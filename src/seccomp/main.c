/* SPDX-License-Identifier: Apache-2.0 */
/* unroot-seccomp: turns a profile into a filter.
 *
 * Runs in: a process of its own, started by the engine for a profile that is not in its cache, and by the
 * build. Power: none: nobody's ids, no_new_privs, rlimits, an empty network; standard input (the profile),
 * output (the image) and error (what is wrong with it). Must not: open anything. */
#include "base/hex.h"
#include "base/number.h"
#include "base/report.h"
#include "formats/capability.h"
#include "formats/seccomp_image.h"
#include "kernel/file.h"
#include "policy/seccomp_default.h"
#include "seccomp/compile.h"
#include "seccomp/table.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#define PROFILE_MAX_BYTES (1U << 20)

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_TROUBLE = 3, EXIT_NEEDS_LISTENER = 4 };

struct settings {
    const char *name; /* of the profile on standard input; NULL: the builtin one */
    const char *machine, *kernel, *capabilities;
    bool userns, notify, table;
};

static const char usage[] = "usage: unroot-seccomp --machine NAME --kernel MAJOR.MINOR --capabilities HEX "
                            "[--userns] [--notify] [--profile NAME]\n"
                            "       unroot-seccomp --machine NAME --table\n"
                            "Compiles the builtin profile, or the JSON profile on standard input; the image "
                            "goes to standard output.\n";

static int settings_read(int argc, char **argv, struct settings *s)
{
    static const struct option options[] = {
        {"profile", required_argument, NULL, 'p'}, {"machine", required_argument, NULL, 'm'},
        {"kernel", required_argument, NULL, 'k'},  {"capabilities", required_argument, NULL, 'c'},
        {"userns", no_argument, NULL, 'u'},        {"notify", no_argument, NULL, 'n'},
        {"table", no_argument, NULL, 't'},         {0},
    };
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'p')
            s->name = optarg;
        else if (c == 'm')
            s->machine = optarg;
        else if (c == 'k')
            s->kernel = optarg;
        else if (c == 'c')
            s->capabilities = optarg;
        else if (c == 'u')
            s->userns = true;
        else if (c == 'n')
            s->notify = true;
        else if (c == 't')
            s->table = true;
        else
            return -EINVAL;
    }
    return optind == argc && s->machine && (s->table || (s->kernel && s->capabilities)) ? 0 : -EINVAL;
}

static int place_read(const struct settings *s, const struct machine *machine,
                      struct seccomp_place *ret_place)
{
    struct seccomp_place place = {.architecture = machine->go_name};
    char major[8] = "";
    const char *dot = strchr(s->kernel, '.');
    if (dot)
        (void)snprintf(major, sizeof(major), "%.*s", (int)(dot - s->kernel), s->kernel); /* cut: no number */
    uint64_t numbers[2];
    int error = number_parse(major, 9999, &numbers[0]);
    if (error == 0)
        error = number_parse(dot + 1, 9999, &numbers[1]);
    if (error == 0)
        error = capability_set_from_hex(s->capabilities, &place.capabilities);
    if (error != 0)
        return error;
    place.kernel_major = (uint32_t)numbers[0];
    place.kernel_minor = (uint32_t)numbers[1];
    *ret_place = place;
    return 0;
}

static int profile_read(const struct settings *s, const struct seccomp_place *place, struct report *report,
                        struct seccomp_profile *ret_profile)
{
    const struct seccomp_facts facts = {.capabilities = place->capabilities, .allow_userns = s->userns};
    if (!s->name)
        return seccomp_default_make(&facts, ret_profile);
    autofree char *data = NULL;
    size_t size = 0;
    int error = fd_read_whole(STDIN_FILENO, PROFILE_MAX_BYTES, &data, &size);
    if (error == -EFBIG)
        return report_add(report, s->name, "seccomp/size", "more than 1 MiB is no profile");
    if (error != 0)
        return error;
    return seccomp_profile_parse(s->name, data, size, report, ret_profile);
}

static int image_write(const struct compiled *done)
{
    struct seccomp_image_header header = seccomp_image_describe(done->filter, done->count, done->flags);
    int error = fd_write_all(STDOUT_FILENO, &header, sizeof(header));
    if (error != 0)
        return error;
    return fd_write_all(STDOUT_FILENO, done->filter, done->count * sizeof(*done->filter));
}

static int run(const struct settings *s, const struct machine *machine, struct report *report)
{
    struct seccomp_place place;
    if (s->table)
        return table_write(machine, report);
    if (place_read(s, machine, &place) != 0)
        return report_add(report, "unroot-seccomp", "seccomp/usage",
                          "a kernel version or capability set is malformed");
    autoseccomp struct seccomp_profile profile = {0};
    int error = profile_read(s, &place, report, &profile);
    struct compiled done = {0};
    if (error == 0)
        error = seccomp_compile(&profile, machine, &place, report, &done);
    if (error == 0 && done.notifies && !s->notify) {
        ignore(report_add(report, "syscalls", "seccomp/notify",
                          "SCMP_ACT_NOTIFY needs a program that listens, and there is none here"));
        error = -EOPNOTSUPP;
    }
    if (error == 0)
        error = image_write(&done);
    free(done.filter);
    return error;
}

int main(int argc, char **argv)
{
    struct settings settings = {0};
    if (settings_read(argc, argv, &settings) != 0) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    const struct machine *machine = machine_find(settings.machine);
    if (!machine) {
        (void)fprintf(stderr, "no filter can be made for this machine's architecture, %s\n",
                      settings.machine);
        return EXIT_REFUSED;
    }
    autoreport struct report report = {0};
    int error = run(&settings, machine, &report);
    for (size_t i = 0; i < report.count; i++)
        (void)fprintf(stderr, "%s: %s\n", report.items[i].place, report.items[i].text);
    if (error == 0)
        return EXIT_SUCCESS;
    if (report.count == 0)
        (void)fprintf(stderr, "%s\n", strerror(-error));
    if (error == -EOPNOTSUPP)
        return EXIT_NEEDS_LISTENER;
    return error == -EINVAL || error == -E2BIG ? EXIT_REFUSED : EXIT_TROUBLE;
}
