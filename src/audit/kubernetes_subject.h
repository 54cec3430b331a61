/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Internal to audit/: one container of a pod. */
#include "audit/workload.h"
#include "formats/yaml.h"

struct pod_container {
    const char *file, *object, *role; /* "Deployment/web", " (init)" */
    const struct yaml_node *pod, *container;
    const struct yaml_node *security, *pod_security; /* NULL: none */
    bool private_users, windows;
};

void kubernetes_read_workload(struct audit *a, const struct pod_container *c, struct workload *ret_workload);
