/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* A seccomp profile: docker's JSON form (moby profiles/seccomp, "archMap", "includes", "excludes") and the
 * member linux.seccomp of an OCI configuration (runtime-spec config-linux.md "seccomp") are the same struct.
 */
#include "base/report.h"
#include "base/strings.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#define SECCOMP_ARGUMENTS_MAX 6
#define SECCOMP_ERRNO_MAX 4095

enum seccomp_action {
    SECCOMP_KILL_PROCESS,
    SECCOMP_KILL_THREAD, /* SCMP_ACT_KILL too */
    SECCOMP_TRAP,
    SECCOMP_ERRNO,
    SECCOMP_NOTIFY,
    SECCOMP_TRACE,
    SECCOMP_LOG,
    SECCOMP_ALLOW,
};

enum seccomp_compare {
    SECCOMP_NE,
    SECCOMP_LT,
    SECCOMP_LE,
    SECCOMP_EQ,
    SECCOMP_GE,
    SECCOMP_GT,
    SECCOMP_MASKED_EQ, /* (argument & value) == value_two */
};

struct seccomp_argument {
    uint8_t index; /* 0..5 */
    enum seccomp_compare compare;
    uint64_t value, value_two;
};

/* When a rule counts; an empty list or 0 says nothing. */
struct seccomp_condition {
    uint64_t capabilities;        /* bits; includes: all of them granted; excludes: any of them */
    struct strings architectures; /* Go's names: "amd64", "arm64"; includes and excludes: any of them */
    uint32_t kernel_major, kernel_minor; /* the running kernel is at least this */
};

struct seccomp_rule {
    struct strings names;
    enum seccomp_action action;
    uint16_t data; /* errno for ERRNO, message for TRACE; EPERM unless told */
    struct seccomp_argument arguments[SECCOMP_ARGUMENTS_MAX]; /* all of them must match */
    size_t argument_count;
    struct seccomp_condition includes, excludes;
};

struct seccomp_architecture {
    char *name;                /* "SCMP_ARCH_X86_64" */
    struct strings compatible; /* archMap's subArchitectures */
};

struct seccomp_profile {
    enum seccomp_action default_action;
    uint16_t default_data;
    struct seccomp_architecture *architectures; /* none: the machine's own alone */
    size_t architecture_count;
    bool architectures_mapped; /* from archMap: only the machine's own entry counts */
    struct strings flags;      /* SECCOMP_FILTER_FLAG_{TSYNC,LOG,SPEC_ALLOW,WAIT_KILLABLE_RECV} */
    char *listener_path, *listener_metadata;
    struct seccomp_rule *rules;
    size_t rule_count;
};

#define autoseccomp __attribute__((cleanup(seccomp_profile_free)))

/* Reads a whole document. Every member is honoured or refused with a finding whose place is
 * "name: syscalls[3].args[0].op". 0, -EINVAL, -ENOMEM; the caller frees *ret_profile. */
int seccomp_profile_parse(const char *name, const char *data, size_t size, struct report *report,
                          struct seccomp_profile *ret_profile) must_check;
/* The same for a value that is part of a larger document; `place` is its place ("config.json:
 * linux.seccomp"). */
int seccomp_profile_read(const char *place, struct json_object *value, struct report *report,
                         struct seccomp_profile *ret_profile) must_check;
void seccomp_profile_free(struct seccomp_profile *p);

/* Appends an empty rule and lends it; NULL: no memory. */
struct seccomp_rule *seccomp_profile_add_rule(struct seccomp_profile *p) must_check;
/* What the reader knows, as names; NULL-terminated, static. */
const char *const *seccomp_action_names(void);
const char *const *seccomp_architecture_names(void);
const char *const *seccomp_flag_names(void);
const char *const *seccomp_compare_names(void);
/* "SCMP_ACT_ERRNO" and back; -ENOENT for an unknown name. */
int seccomp_action_from_name(const char *name, enum seccomp_action *ret_action) must_check;
const char *seccomp_action_name(enum seccomp_action action);
