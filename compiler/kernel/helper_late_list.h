/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LATER(helper number, program kinds, kernel version)
 * Kinds that may call a helper of helper_list.h only on newer kernels. Found by asking the
 * verifiers of Debian's 6.1 and 6.12 and of 6.18 for every helper and program type; the version is
 * the first of these three that allows the call. Kinds younger than that version are left out.
 * Included several times; no guard.
 */
LATER(14, NETWORK, V(6, 12)) /* get_current_pid_tgid */
LATER(15, NETWORK, V(6, 18)) /* get_current_uid_gid */
LATER(16, NETWORK | IN(SK_MSG), V(6, 18)) /* get_current_comm */
LATER(17, NETWORK_NO_TC | TRACING | IN(SYSCALL), V(6, 18)) /* get_cgroup_classid */
LATER(22, NOT_TRACING, V(6, 18)) /* perf_event_read */
LATER(37, CGROUPS_ONLY, V(6, 12)) /* current_task_under_cgroup */
LATER(37, NETWORK | IN(SK_MSG), V(6, 18))
LATER(39, IN(LWT), V(6, 18)) /* skb_pull_data */
LATER(55, NOT_TRACING, V(6, 18)) /* perf_event_read_value */
LATER(80, NETWORK, V(6, 12)) /* get_current_cgroup_id */
LATER(109, NOT_TRACING, V(6, 18)) /* send_signal */
LATER(117, NOT_TRACING, V(6, 18)) /* send_signal_thread */
LATER(120, NOT_TRACING, V(6, 12)) /* get_ns_current_pid_tgid */
LATER(122, IN(SOCKET_FILTER) | TC_KINDS | IN(CGROUP_SKB), V(6, 18)) /* get_netns_cookie */
LATER(123, NETWORK, V(6, 12)) /* get_current_ancestor_cgroup_id */
LATER(141, NOT_TRACING, V(6, 18)) /* get_task_stack */
LATER(148, NOT_TRACING, V(6, 18)) /* copy_from_user */
LATER(156, NOT_TRACING, V(6, 18)) /* task_storage_get */
LATER(157, NOT_TRACING, V(6, 18)) /* task_storage_delete */
LATER(174, IN(RAW_TRACEPOINT), V(6, 12)) /* get_attach_cookie */
LATER(176, NOT_TRACING, V(6, 18)) /* get_branch_snapshot */
LATER(180, NOT_TRACING, V(6, 18)) /* find_vma */
LATER(191, NOT_TRACING, V(6, 18)) /* copy_from_user_task */
