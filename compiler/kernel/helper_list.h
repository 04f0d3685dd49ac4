/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HELPER(number, name without bpf_, program kinds, "result", "parameters")
 * The BPF helpers of Linux by number; the list is closed (new functions are kfuncs). Numbers and
 * prototypes as in the kernel's UAPI; which kinds may call one was found by asking the verifier of
 * Linux 6.18 for each of them. Older kernels may allow fewer. helpers.h explains the words.
 * Included several times; no guard.
 */
HELPER(1, map_lookup_elem, ALL, "value?", "map:map key:key")
HELPER(2, map_update_elem, ALL, "i64", "map:map key:key value:value u64:flags")
HELPER(3, map_delete_elem, ALL, "i64", "map:map key:key")
HELPER(4, probe_read, TRACING | IN(SYSCALL), "i64", "*void:dst u32:size *void:unsafe_ptr")
HELPER(5, ktime_get_ns, ALL, "u64", "")
HELPER(6, trace_printk, ALL, "i64", "*char:fmt u32:fmt_size ...")
HELPER(7, get_prandom_u32, ALL, "u32", "")
HELPER(8, get_smp_processor_id, ALL, "u32", "")
HELPER(9, skb_store_bytes, TC_KINDS | IN(SK_SKB) | IN(LWT), "i64",
       "ctx:skb u32:offset *void:from u32:len u64:flags")
HELPER(10, l3_csum_replace, TC_KINDS | IN(LWT), "i64",
       "ctx:skb u32:offset u64:from u64:to u64:size")
HELPER(11, l4_csum_replace, TC_KINDS | IN(LWT), "i64",
       "ctx:skb u32:offset u64:from u64:to u64:flags")
HELPER(12, tail_call, ALL, "i64", "ctx:ctx map:prog_array_map u32:index")
HELPER(13, clone_redirect, TC_KINDS | IN(LWT), "i64", "ctx:skb u32:ifindex u64:flags")
HELPER(14, get_current_pid_tgid, ALL, "u64", "")
HELPER(15, get_current_uid_gid, ALL, "u64", "")
HELPER(16, get_current_comm, ALL, "i64", "*void:buf u32:size_of_buf")
HELPER(17, get_cgroup_classid, ALL, "u32", "ctx:skb")
HELPER(18, skb_vlan_push, TC_KINDS, "i64", "ctx:skb be16:vlan_proto u16:vlan_tci")
HELPER(19, skb_vlan_pop, TC_KINDS, "i64", "ctx:skb")
HELPER(20, skb_get_tunnel_key, TC_KINDS | IN(LWT), "i64",
       "ctx:skb *bpf_tunnel_key:key u32:size u64:flags")
HELPER(21, skb_set_tunnel_key, TC_KINDS | IN(LWT), "i64",
       "ctx:skb *bpf_tunnel_key:key u32:size u64:flags")
HELPER(22, perf_event_read, ALL, "u64", "map:map u64:flags")
HELPER(23, redirect, TC_KINDS | IN(XDP) | IN(LWT), "i64", "u32:ifindex u64:flags")
HELPER(24, get_route_realm, TC_KINDS | IN(LWT), "u32", "ctx:skb")
HELPER(25, perf_event_output,
       ALL & ~(IN(FLOW_DISSECTOR) | IN(SK_REUSEPORT) | IN(NETFILTER) | IN(STRUCT_OPS)), "i64",
       "ctx:ctx map:map u64:flags *void:data u64:size")
HELPER(26, skb_load_bytes,
       TC_KINDS | IN(CGROUP_SKB) | IN(SK_SKB) | IN(FLOW_DISSECTOR) | IN(SOCKET_FILTER) |
	       IN(SK_REUSEPORT) | IN(LWT),
       "i64", "ctx:skb u32:offset *void:to u32:len")
HELPER(27, get_stackid, TRACING | IN(SYSCALL), "i64", "ctx:ctx map:map u64:flags")
HELPER(28, csum_diff, TC_KINDS | IN(XDP) | IN(LWT), "i64",
       "*be32:from u32:from_size *be32:to u32:to_size u32:seed")
HELPER(29, skb_get_tunnel_opt, TC_KINDS | IN(LWT), "i64", "ctx:skb *void:opt u32:size")
HELPER(30, skb_set_tunnel_opt, TC_KINDS | IN(LWT), "i64", "ctx:skb *void:opt u32:size")
HELPER(31, skb_change_proto, TC_KINDS, "i64", "ctx:skb be16:proto u64:flags")
HELPER(32, skb_change_type, TC_KINDS, "i64", "ctx:skb u32:type")
HELPER(33, skb_under_cgroup, TC_KINDS | IN(LWT), "i64", "ctx:skb map:map u32:index")
HELPER(34, get_hash_recalc, TC_KINDS | IN(LWT), "u32", "ctx:skb")
HELPER(35, get_current_task, ALL, "u64", "")
HELPER(36, probe_write_user,
       IN(PROBE) | IN(RETPROBE) | IN(TRACEPOINT) | IN(RAW_TRACEPOINT) | IN(PERF_EVENT) |
	       IN(UPROBE) | IN(URETPROBE) | IN(USDT),
       "i64", "*void:dst *void:src u32:len")
HELPER(37, current_task_under_cgroup, ALL, "i64", "map:map u32:index")
HELPER(38, skb_change_tail, TC_KINDS | IN(SK_SKB) | IN(LWT), "i64", "ctx:skb u32:len u64:flags")
HELPER(39, skb_pull_data, TC_KINDS | IN(SK_SKB) | IN(LWT), "i64", "ctx:skb u32:len")
HELPER(40, csum_update, TC_KINDS | IN(LWT), "i64", "ctx:skb u32:csum")
HELPER(41, set_hash_invalid, TC_KINDS | IN(LWT), "void", "ctx:skb")
HELPER(42, get_numa_node_id, ALL, "i64", "")
HELPER(43, skb_change_head, TC_KINDS | IN(SK_SKB) | IN(LWT), "i64", "ctx:skb u32:len u64:flags")
HELPER(44, xdp_adjust_head, IN(XDP), "i64", "ctx:xdp_md i32:delta")
HELPER(45, probe_read_str, TRACING | IN(SYSCALL), "i64", "*void:dst u32:size *void:unsafe_ptr")
HELPER(46, get_socket_cookie,
       BTF_TRACING | TC_KINDS | IN(CGROUP_SKB) | IN(CGROUP_SOCK) | IN(CGROUP_ADDR) | IN(SOCK_OPS) |
	       IN(SK_SKB) | IN(SOCKET_FILTER) | IN(SK_REUSEPORT) | IN(SYSCALL),
       "u64", "ctx:ctx")
HELPER(47, get_socket_uid, TC_KINDS | IN(CGROUP_SKB) | IN(SK_SKB) | IN(SOCKET_FILTER), "u32",
       "ctx:skb")
HELPER(48, set_hash, TC_KINDS, "i64", "ctx:skb u32:hash")
HELPER(49, setsockopt, IN(CGROUP_ADDR) | IN(SOCK_OPS) | IN(STRUCT_OPS), "i64",
       "*void:bpf_socket i32:level i32:optname *void:optval i32:optlen")
HELPER(50, skb_adjust_room, TC_KINDS | IN(SK_SKB), "i64", "ctx:skb i32:len_diff u32:mode u64:flags")
HELPER(51, redirect_map, IN(XDP), "i64", "map:map u64:key u64:flags")
HELPER(52, sk_redirect_map, IN(SK_SKB), "i64", "ctx:skb map:map u32:key u64:flags")
HELPER(53, sock_map_update, IN(SOCK_OPS), "i64", "ctx:skops map:map key:key u64:flags")
HELPER(54, xdp_adjust_meta, IN(XDP), "i64", "ctx:xdp_md i32:delta")
HELPER(55, perf_event_read_value, ALL, "i64",
       "map:map u64:flags *bpf_perf_event_value:buf u32:buf_size")
HELPER(56, perf_prog_read_value, IN(PERF_EVENT), "i64",
       "ctx:ctx *bpf_perf_event_value:buf u32:buf_size")
HELPER(57, getsockopt, IN(CGROUP_ADDR) | IN(SOCK_OPS) | IN(STRUCT_OPS), "i64",
       "*void:bpf_socket i32:level i32:optname *void:optval i32:optlen")
HELPER(58, override_return, IN(PROBE), "i64", "ctx:regs u64:rc")
HELPER(59, sock_ops_cb_flags_set, IN(SOCK_OPS), "i64", "ctx:bpf_sock i32:argval")
HELPER(60, msg_redirect_map, IN(SK_MSG), "i64", "ctx:msg map:map u32:key u64:flags")
HELPER(61, msg_apply_bytes, IN(SK_MSG), "i64", "ctx:msg u32:bytes")
HELPER(62, msg_cork_bytes, IN(SK_MSG), "i64", "ctx:msg u32:bytes")
HELPER(63, msg_pull_data, IN(SK_MSG), "i64", "ctx:msg u32:start u32:end u64:flags")
HELPER(64, bind, IN(CGROUP_ADDR), "i64", "ctx:ctx *sockaddr:addr i32:addr_len")
HELPER(65, xdp_adjust_tail, IN(XDP), "i64", "ctx:xdp_md i32:delta")
HELPER(66, skb_get_xfrm_state, TC_KINDS, "i64",
       "ctx:skb u32:index *bpf_xfrm_state:xfrm_state u32:size u64:flags")
HELPER(67, get_stack, TRACING | IN(SYSCALL), "i64", "ctx:ctx *void:buf u32:size u64:flags")
HELPER(68, skb_load_bytes_relative,
       TC_KINDS | IN(CGROUP_SKB) | IN(SOCKET_FILTER) | IN(SK_REUSEPORT), "i64",
       "ctx:skb u32:offset *void:to u32:len u32:start_header")
HELPER(69, fib_lookup, TC_KINDS | IN(XDP), "i64",
       "ctx:ctx *bpf_fib_lookup:params i32:plen u32:flags")
HELPER(70, sock_hash_update, IN(SOCK_OPS), "i64", "ctx:skops map:map key:key u64:flags")
HELPER(71, msg_redirect_hash, IN(SK_MSG), "i64", "ctx:msg map:map key:key u64:flags")
HELPER(72, sk_redirect_hash, IN(SK_SKB), "i64", "ctx:skb map:map key:key u64:flags")
HELPER(73, lwt_push_encap, IN(LWT), "i64", "ctx:skb u32:type *void:hdr u32:len")
HELPER(74, lwt_seg6_store_bytes, IN(LWT), "i64", "ctx:skb u32:offset *void:from u32:len")
HELPER(75, lwt_seg6_adjust_srh, IN(LWT), "i64", "ctx:skb u32:offset i32:delta")
HELPER(76, lwt_seg6_action, IN(LWT), "i64", "ctx:skb u32:action *void:param u32:param_len")
HELPER(77, rc_repeat, 0, "i64", "ctx:ctx")
HELPER(78, rc_keydown, 0, "i64", "ctx:ctx u32:protocol u64:scancode u32:toggle")
HELPER(79, skb_cgroup_id, TC_KINDS | IN(CGROUP_SKB), "u64", "ctx:skb")
HELPER(80, get_current_cgroup_id, ALL, "u64", "")
HELPER(81, get_local_storage, CGROUPS, "value", "map:map u64:flags")
HELPER(82, sk_select_reuseport, IN(SK_REUSEPORT), "i64", "ctx:reuse map:map key:key u64:flags")
HELPER(83, skb_ancestor_cgroup_id, TC_KINDS | IN(CGROUP_SKB), "u64", "ctx:skb i32:ancestor_level")
HELPER(84, sk_lookup_tcp, TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SK_SKB),
       "*bpf_sock?", "ctx:ctx *bpf_sock_tuple:tuple u32:tuple_size u64:netns u64:flags")
HELPER(85, sk_lookup_udp, TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SK_SKB),
       "*bpf_sock?", "ctx:ctx *bpf_sock_tuple:tuple u32:tuple_size u64:netns u64:flags")
HELPER(86, sk_release,
       TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SK_SKB) | IN(SK_LOOKUP), "i64",
       "*void:sock")
HELPER(87, map_push_elem, ALL, "i64", "map:map value:value u64:flags")
HELPER(88, map_pop_elem, ALL, "i64", "map:map value:value")
HELPER(89, map_peek_elem, ALL, "i64", "map:map value:value")
HELPER(90, msg_push_data, IN(SK_MSG), "i64", "ctx:msg u32:start u32:len u64:flags")
HELPER(91, msg_pop_data, IN(SK_MSG), "i64", "ctx:msg u32:start u32:len u64:flags")
HELPER(92, rc_pointer_rel, 0, "i64", "ctx:ctx i32:rel_x i32:rel_y")
HELPER(93, spin_lock, ALL, "i64", "*bpf_spin_lock:lock")
HELPER(94, spin_unlock, ALL, "i64", "*bpf_spin_lock:lock")
HELPER(95, sk_fullsock, TC_KINDS | IN(CGROUP_SKB), "*bpf_sock?", "*bpf_sock:sk")
HELPER(96, tcp_sock, TC_KINDS | IN(CGROUP_SKB) | IN(CGROUP_SOCKOPT) | IN(SOCK_OPS),
       "*bpf_tcp_sock?", "*bpf_sock:sk")
HELPER(97, skb_ecn_set_ce, TC_KINDS | IN(CGROUP_SKB), "i64", "ctx:skb")
HELPER(98, get_listener_sock, TC_KINDS | IN(CGROUP_SKB), "*bpf_sock?", "*bpf_sock:sk")
HELPER(99, skc_lookup_tcp, TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SK_SKB),
       "*bpf_sock?", "ctx:ctx *bpf_sock_tuple:tuple u32:tuple_size u64:netns u64:flags")
HELPER(100, tcp_check_syncookie, TC_KINDS | IN(XDP), "i64",
       "*void:sk *void:iph u32:iph_len *tcphdr:th u32:th_len")
HELPER(101, sysctl_get_name, IN(CGROUP_SYSCTL), "i64", "ctx:ctx *char:buf u64:buf_len u64:flags")
HELPER(102, sysctl_get_current_value, IN(CGROUP_SYSCTL), "i64", "ctx:ctx *char:buf u64:buf_len")
HELPER(103, sysctl_get_new_value, IN(CGROUP_SYSCTL), "i64", "ctx:ctx *char:buf u64:buf_len")
HELPER(104, sysctl_set_new_value, IN(CGROUP_SYSCTL), "i64", "ctx:ctx *char:buf u64:buf_len")
HELPER(105, strtol, ALL, "i64", "*char:buf u64:buf_len u64:flags *i64:res")
HELPER(106, strtoul, ALL, "i64", "*char:buf u64:buf_len u64:flags *u64:res")
HELPER(107, sk_storage_get,
       BTF_TRACING | TC_KINDS | IN(CGROUP_SKB) | IN(CGROUP_SOCK) | IN(CGROUP_ADDR) |
	       IN(CGROUP_SOCKOPT) | IN(SOCK_OPS) | IN(SK_MSG) | IN(SYSCALL) | IN(STRUCT_OPS),
       "value?", "map:map *void:sk *void:value u64:flags")
HELPER(108, sk_storage_delete,
       BTF_TRACING | TC_KINDS | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(CGROUP_SOCKOPT) |
	       IN(SOCK_OPS) | IN(SK_MSG) | IN(SYSCALL) | IN(STRUCT_OPS),
       "i64", "map:map *void:sk")
HELPER(109, send_signal, ALL, "i64", "u32:sig")
HELPER(110, tcp_gen_syncookie, TC_KINDS | IN(XDP), "i64",
       "*void:sk *void:iph u32:iph_len *tcphdr:th u32:th_len")
HELPER(111, skb_output, BTF_TRACING | IN(SYSCALL), "i64",
       "ctx:ctx map:map u64:flags *void:data u64:size")
HELPER(112, probe_read_user, ALL, "i64", "*void:dst u32:size *void:unsafe_ptr")
HELPER(113, probe_read_kernel, ALL, "i64", "*void:dst u32:size *void:unsafe_ptr")
HELPER(114, probe_read_user_str, ALL, "i64", "*void:dst u32:size *void:unsafe_ptr")
HELPER(115, probe_read_kernel_str, ALL, "i64", "*void:dst u32:size *void:unsafe_ptr")
HELPER(116, tcp_send_ack, IN(STRUCT_OPS), "i64", "*void:tp u32:rcv_nxt")
HELPER(117, send_signal_thread, ALL, "i64", "u32:sig")
HELPER(118, jiffies64, ALL, "u64", "")
HELPER(119, read_branch_records, IN(PERF_EVENT), "i64", "ctx:ctx *void:buf u32:size u64:flags")
HELPER(120, get_ns_current_pid_tgid, ALL, "i64", "u64:dev u64:ino *bpf_pidns_info:nsdata u32:size")
HELPER(121, xdp_output, BTF_TRACING | IN(SYSCALL), "i64",
       "ctx:ctx map:map u64:flags *void:data u64:size")
HELPER(122, get_netns_cookie,
       TC_KINDS | IN(CGROUP_SKB) | IN(CGROUP_SOCK) | IN(CGROUP_ADDR) | IN(CGROUP_SOCKOPT) |
	       IN(SOCK_OPS) | IN(SK_MSG) | IN(SOCKET_FILTER),
       "u64", "ctx:ctx")
HELPER(123, get_current_ancestor_cgroup_id, ALL, "u64", "i32:ancestor_level")
HELPER(124, sk_assign, TC_KINDS | IN(SK_LOOKUP), "i64", "ctx:ctx *void:sk u64:flags")
HELPER(125, ktime_get_boot_ns, ALL, "u64", "")
HELPER(126, seq_printf, IN(ITER), "i64",
       "*seq_file:m *char:fmt u32:fmt_size *void:data u32:data_len")
HELPER(127, seq_write, IN(ITER), "i64", "*seq_file:m *void:data u32:len")
HELPER(128, sk_cgroup_id, IN(CGROUP_SKB), "u64", "*void:sk")
HELPER(129, sk_ancestor_cgroup_id, IN(CGROUP_SKB), "u64", "*void:sk i32:ancestor_level")
HELPER(130, ringbuf_output, ALL, "i64", "map:ringbuf *void:data u64:size u64:flags")
HELPER(131, ringbuf_reserve, ALL, "record?", "map:ringbuf u64:size u64:flags")
HELPER(132, ringbuf_submit, ALL, "void", "*void:data u64:flags")
HELPER(133, ringbuf_discard, ALL, "void", "*void:data u64:flags")
HELPER(134, ringbuf_query, ALL, "u64", "map:ringbuf u64:flags")
HELPER(135, csum_level, TC_KINDS | IN(LWT), "i64", "ctx:skb u64:level")
HELPER(136, skc_to_tcp6_sock,
       BTF_TRACING | TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SOCK_OPS) |
	       IN(SK_MSG) | IN(SK_SKB) | IN(SK_LOOKUP) | IN(FLOW_DISSECTOR) | IN(SOCKET_FILTER) |
	       IN(SYSCALL) | IN(LWT),
       "*tcp6_sock?", "*void:sk")
HELPER(137, skc_to_tcp_sock,
       BTF_TRACING | TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SOCK_OPS) |
	       IN(SK_MSG) | IN(SK_SKB) | IN(SK_LOOKUP) | IN(FLOW_DISSECTOR) | IN(SOCKET_FILTER) |
	       IN(SYSCALL) | IN(LWT),
       "*tcp_sock?", "*void:sk")
HELPER(138, skc_to_tcp_timewait_sock,
       BTF_TRACING | TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SOCK_OPS) |
	       IN(SK_MSG) | IN(SK_SKB) | IN(SK_LOOKUP) | IN(FLOW_DISSECTOR) | IN(SOCKET_FILTER) |
	       IN(SYSCALL) | IN(LWT),
       "*tcp_timewait_sock?", "*void:sk")
HELPER(139, skc_to_tcp_request_sock,
       BTF_TRACING | TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SOCK_OPS) |
	       IN(SK_MSG) | IN(SK_SKB) | IN(SK_LOOKUP) | IN(FLOW_DISSECTOR) | IN(SOCKET_FILTER) |
	       IN(SYSCALL) | IN(LWT),
       "*tcp_request_sock?", "*void:sk")
HELPER(140, skc_to_udp6_sock,
       BTF_TRACING | TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SOCK_OPS) |
	       IN(SK_MSG) | IN(SK_SKB) | IN(SK_LOOKUP) | IN(FLOW_DISSECTOR) | IN(SOCKET_FILTER) |
	       IN(SYSCALL) | IN(LWT),
       "*udp6_sock?", "*void:sk")
HELPER(141, get_task_stack, ALL, "i64", "*task_struct:task *void:buf u32:size u64:flags")
HELPER(142, load_hdr_opt, IN(SOCK_OPS), "i64", "ctx:skops *void:searchby_res u32:len u64:flags")
HELPER(143, store_hdr_opt, IN(SOCK_OPS), "i64", "ctx:skops *void:from u32:len u64:flags")
HELPER(144, reserve_hdr_opt, IN(SOCK_OPS), "i64", "ctx:skops u32:len u64:flags")
HELPER(145, inode_storage_get, IN(LSM), "value?", "map:map *void:inode *void:value u64:flags")
HELPER(146, inode_storage_delete, IN(LSM), "i32", "map:map *void:inode")
HELPER(147, d_path, BTF_TRACING | IN(SYSCALL), "i64", "*path:path *char:buf u32:sz")
HELPER(148, copy_from_user, ALL, "i64", "*void:dst u32:size *void:user_ptr")
HELPER(149, snprintf_btf, ALL, "i64",
       "*char:str u32:str_size *btf_ptr:ptr u32:btf_ptr_size u64:flags")
HELPER(150, seq_printf_btf, IN(ITER), "i64", "*seq_file:m *btf_ptr:ptr u32:ptr_size u64:flags")
HELPER(151, skb_cgroup_classid, TC_KINDS, "u64", "ctx:skb")
HELPER(152, redirect_neigh, TC_KINDS, "i64",
       "u32:ifindex *bpf_redir_neigh:params i32:plen u64:flags")
HELPER(153, per_cpu_ptr, ALL, "*void?", "*void:percpu_ptr u32:cpu")
HELPER(154, this_cpu_ptr, ALL, "*void", "*void:percpu_ptr")
HELPER(155, redirect_peer, TC_KINDS, "i64", "u32:ifindex u64:flags")
HELPER(156, task_storage_get, ALL, "value?", "map:map *task_struct:task *void:value u64:flags")
HELPER(157, task_storage_delete, ALL, "i64", "map:map *task_struct:task")
HELPER(158, get_current_task_btf, ALL, "*task_struct", "")
HELPER(159, bprm_opts_set, IN(LSM), "i64", "*linux_binprm:bprm u64:flags")
HELPER(160, ktime_get_coarse_ns,
       TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_SOCK) | IN(CGROUP_ADDR) | IN(CGROUP_SYSCTL) |
	       IN(SOCK_OPS) | IN(SK_MSG) | IN(SK_SKB) | IN(SK_LOOKUP) | IN(FLOW_DISSECTOR) |
	       IN(SOCKET_FILTER) | IN(SK_REUSEPORT) | IN(LWT) | IN(STRUCT_OPS),
       "u64", "")
HELPER(161, ima_inode_hash, IN(LSM), "i64", "*inode:inode *void:dst u32:size")
HELPER(162, sock_from_file, BTF_TRACING | IN(SYSCALL), "*socket?", "*file:file")
HELPER(163, check_mtu, TC_KINDS | IN(XDP), "i64",
       "ctx:ctx u32:ifindex *u32:mtu_len i32:len_diff u64:flags")
HELPER(164, for_each_map_elem, ALL, "i64", "map:map fn:callback_fn *void:callback_ctx u64:flags")
HELPER(165, snprintf, ALL, "i64", "*char:str u32:str_size *char:fmt *u64:data u32:data_len")
HELPER(166, sys_bpf, IN(SYSCALL), "i64", "u32:cmd *void:attr u32:attr_size")
HELPER(167, btf_find_by_name_kind, IN(SYSCALL), "i64", "*char:name i32:name_sz u32:kind i32:flags")
HELPER(168, sys_close, IN(SYSCALL), "i64", "u32:fd")
HELPER(169, timer_init, ALL, "i64", "*bpf_timer:timer map:map u64:flags")
HELPER(170, timer_set_callback, ALL, "i64", "*bpf_timer:timer fn:callback_fn")
HELPER(171, timer_start, ALL, "i64", "*bpf_timer:timer u64:nsecs u64:flags")
HELPER(172, timer_cancel, ALL, "i64", "*bpf_timer:timer")
HELPER(173, get_func_ip, TRACING | IN(SYSCALL), "u64", "ctx:ctx")
HELPER(174, get_attach_cookie,
       IN(PROBE) | IN(RETPROBE) | IN(TRACEPOINT) | IN(RAW_TRACEPOINT) | IN(PERF_EVENT) |
	       IN(UPROBE) | IN(URETPROBE) | IN(USDT) | IN(LSM),
       "u64", "ctx:ctx")
HELPER(175, task_pt_regs, ALL, "i64", "*task_struct:task")
HELPER(176, get_branch_snapshot, ALL, "i64", "*void:entries u32:size u64:flags")
HELPER(177, trace_vprintk, ALL, "i64", "*char:fmt u32:fmt_size *void:data u32:data_len")
HELPER(178, skc_to_unix_sock,
       BTF_TRACING | TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SOCK_OPS) |
	       IN(SK_MSG) | IN(SK_SKB) | IN(SK_LOOKUP) | IN(FLOW_DISSECTOR) | IN(SOCKET_FILTER) |
	       IN(SYSCALL) | IN(LWT),
       "*unix_sock?", "*void:sk")
HELPER(179, kallsyms_lookup_name, IN(SYSCALL), "i64", "*char:name i32:name_sz i32:flags *u64:res")
HELPER(180, find_vma, ALL, "i64",
       "*task_struct:task u64:addr fn:callback_fn *void:callback_ctx u64:flags")
HELPER(181, loop, ALL, "i64", "u32:nr_loops fn:callback_fn *void:callback_ctx u64:flags")
HELPER(182, strncmp, ALL, "i64", "*char:s1 u32:s1_sz *char:s2")
HELPER(183, get_func_arg, IN(PROBE) | IN(RETPROBE) | IN(LSM), "i64", "ctx:ctx u32:n *u64:value")
HELPER(184, get_func_ret, IN(RETPROBE), "i64", "ctx:ctx *u64:value")
HELPER(185, get_func_arg_cnt, IN(PROBE) | IN(RETPROBE) | IN(LSM), "i64", "ctx:ctx")
HELPER(186, get_retval,
       IN(CGROUP_SOCK) | IN(CGROUP_ADDR) | IN(CGROUP_SOCKOPT) | IN(CGROUP_DEVICE) |
	       IN(CGROUP_SYSCTL),
       "i32", "")
HELPER(187, set_retval,
       IN(CGROUP_SOCK) | IN(CGROUP_ADDR) | IN(CGROUP_SOCKOPT) | IN(CGROUP_DEVICE) |
	       IN(CGROUP_SYSCTL),
       "i32", "i32:retval")
HELPER(188, xdp_get_buff_len, BTF_TRACING | IN(XDP) | IN(SYSCALL), "u64", "ctx:xdp_md")
HELPER(189, xdp_load_bytes, IN(XDP), "i64", "ctx:xdp_md u32:offset *void:buf u32:len")
HELPER(190, xdp_store_bytes, IN(XDP), "i64", "ctx:xdp_md u32:offset *void:buf u32:len")
HELPER(191, copy_from_user_task, ALL, "i64",
       "*void:dst u32:size *void:user_ptr *task_struct:tsk u64:flags")
HELPER(192, skb_set_tstamp, TC_KINDS, "i64", "ctx:skb u64:tstamp u32:tstamp_type")
HELPER(193, ima_file_hash, IN(LSM), "i64", "*file:file *void:dst u32:size")
HELPER(194, kptr_xchg, ALL, "*void?", "*void:map_value *void:ptr")
HELPER(195, map_lookup_percpu_elem, ALL, "value?", "map:map key:key u32:cpu")
HELPER(196, skc_to_mptcp_sock,
       BTF_TRACING | TC_KINDS | IN(XDP) | IN(CGROUP_SKB) | IN(CGROUP_ADDR) | IN(SOCK_OPS) |
	       IN(SK_MSG) | IN(SK_SKB) | IN(SK_LOOKUP) | IN(FLOW_DISSECTOR) | IN(SOCKET_FILTER) |
	       IN(SYSCALL) | IN(LWT),
       "*mptcp_sock?", "*void:sk")
HELPER(197, dynptr_from_mem, ALL, "i64", "*void:data u32:size u64:flags *bpf_dynptr:ptr")
HELPER(198, ringbuf_reserve_dynptr, ALL, "i64", "map:ringbuf u32:size u64:flags *bpf_dynptr:ptr")
HELPER(199, ringbuf_submit_dynptr, ALL, "void", "*bpf_dynptr:ptr u64:flags")
HELPER(200, ringbuf_discard_dynptr, ALL, "void", "*bpf_dynptr:ptr u64:flags")
HELPER(201, dynptr_read, ALL, "i64", "*void:dst u32:len *bpf_dynptr:src u32:offset u64:flags")
HELPER(202, dynptr_write, ALL, "i64", "*bpf_dynptr:dst u32:offset *void:src u32:len u64:flags")
HELPER(203, dynptr_data, ALL, "*u8?", "*bpf_dynptr:ptr u32:offset u32:len")
HELPER(204, tcp_raw_gen_syncookie_ipv4, TC_KINDS | IN(XDP), "i64",
       "*iphdr:iph *tcphdr:th u32:th_len")
HELPER(205, tcp_raw_gen_syncookie_ipv6, TC_KINDS | IN(XDP), "i64",
       "*ipv6hdr:iph *tcphdr:th u32:th_len")
HELPER(206, tcp_raw_check_syncookie_ipv4, TC_KINDS | IN(XDP), "i64", "*iphdr:iph *tcphdr:th")
HELPER(207, tcp_raw_check_syncookie_ipv6, TC_KINDS | IN(XDP), "i64", "*ipv6hdr:iph *tcphdr:th")
HELPER(208, ktime_get_tai_ns, ALL, "u64", "")
HELPER(209, user_ringbuf_drain, ALL, "i64", "map:map fn:callback_fn *void:callback_ctx u64:flags")
HELPER(210, cgrp_storage_get, ALL, "value?", "map:map *cgroup:cgroup *void:value u64:flags")
HELPER(211, cgrp_storage_delete, ALL, "i64", "map:map *cgroup:cgroup")
