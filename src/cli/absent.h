/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* Flags of docker 28 and podman 5 that are not there yet; each list is NULL-terminated (struct option_set
 * .absent). */
extern const char *const absent_container_flags[]; /* run, create */
extern const char *const absent_health_flags[];    /* run, create, update */
extern const char *const absent_create_flags[];    /* create alone */
extern const char *const absent_exec_flags[];
extern const char *const absent_start_flags[];
extern const char *const absent_stats_flags[];
extern const char *const absent_stop_flags[];
extern const char *const absent_restart_flags[];
extern const char *const absent_kill_flags[];
extern const char *const absent_rm_flags[];
extern const char *const absent_port_flags[];
extern const char *const absent_ps_flags[];
extern const char *const absent_logs_flags[];
extern const char *const absent_attach_flags[];
extern const char *const absent_wait_flags[];
extern const char *const absent_update_flags[];
extern const char *const absent_inspect_flags[];
extern const char *const absent_pause_flags[]; /* pause, unpause */
extern const char *const absent_images_flags[];
extern const char *const absent_rmi_flags[];
extern const char *const absent_build_flags[];
extern const char *const absent_import_flags[];
extern const char *const absent_load_flags[];
extern const char *const absent_history_flags[];
extern const char *const absent_volume_create_flags[];
extern const char *const absent_volume_ls_flags[];
extern const char *const absent_volume_rm_flags[];
extern const char *const absent_prune_flags[];
extern const char *const absent_save_flags[];
extern const char *const absent_diff_flags[];
extern const char *const absent_commit_flags[];
extern const char *const absent_cp_flags[];
extern const char *const absent_pull_flags[];
extern const char *const absent_push_flags[];
extern const char *const absent_login_flags[];
extern const char *const absent_logout_flags[];
