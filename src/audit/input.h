/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/: one run, and what each kind of input does with a file's bytes. */
#include "audit/audit.h"
#include "audit/source.h"

struct audit {
    const struct audit_request *request;
    struct audit_result *result;
    struct catalog catalog;
    struct strings done;  /* files that were judged as part of others (a compose override, an env file) */
    struct strings parts; /* compose files that are laid on the first one of the command line, in order */
    bool compose_asked;   /* a compose file is named on the command line */
    const char *project;  /* that first one; NULL: none */
    struct accepting *accepting; /* files with acceptances in them: applied when every subject is there */
    size_t accepting_count, accepting_capacity;
};

struct accepting {
    const char *file, *data;
};

struct input {
    const char *name; /* in places: as given, or relative to the folder given */
    const char *path; /* to open things beside it; NULL: standard input */
    const char *data; /* NUL behind it */
    size_t size;
};

/* All: 0 or -ENOMEM; what is wrong with the file is in the result. */
typedef int input_judge(struct audit *a, const struct input *in);
input_judge judge_dockerfile, judge_compose, judge_kubernetes, judge_runtime_config, judge_daemon_json,
    judge_containers_conf, judge_containerd_toml, judge_subids;

/* The judge for a file of this name and content, or NULL: nothing that we know. */
input_judge *input_detect(const char *name, const char *data, size_t size);
/* Whether it may be a part of a compose project, named beside another: services without an image or a build.
 */
bool input_may_be_part(const char *name, const char *data);
/* Whether a file of this name may be something (before it is read). */
bool input_may_be(const char *name);
/* Judges one file that was read. */
int input_judge_file(struct audit *a, const struct input *in) must_check;
/* Remembers a file whose acceptances (suppress.h) hold for findings in it, whoever makes them. */
int input_note_acceptances(struct audit *a, const char *name, const char *data) must_check;
/* Searches a folder. */
int input_search(struct audit *a, const char *folder) must_check;
/* An OCI image layout in a folder; a layout or docker-archive as a tar file; an image of our store. */
int input_judge_layout(struct audit *a, const char *folder) must_check;
int input_judge_archive(struct audit *a, const char *path) must_check;
/* As input_judge_archive() of a file that a search came upon: one that is no image is passed over. */
int input_try_archive(struct audit *a, const char *path) must_check;
/* Whether the file's first bytes are those of a tar, gzip or zstd file. */
bool input_is_archive(int fd);
int input_judge_image(struct audit *a, const char *name) must_check;
/* The processes of this host. */
int input_judge_live(struct audit *a) must_check;
