/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel/kernel_calls.h"

#include <stddef.h>
#include <string.h>

#define TAKES  KERNEL_CALL_TAKES
#define TRIES  KERNEL_CALL_TRIES
#define GIVES  KERNEL_CALL_GIVES
#define ATOMIC KERNEL_CALL_ATOMIC
#define NESTS  KERNEL_CALL_NESTS
#define SLEEPS KERNEL_CALL_SLEEPS

/* A lock: how it is taken, how it is given back. */
#define LOCK(take, give, flags)          \
	{#take, #give, TAKES | (flags)}, \
	{                                \
#give, #give, GIVES      \
	}
#define TRY(take, give, flags)                \
	{                                     \
#take, #give, TRIES | (flags) \
	}

static const struct kernel_call calls[] = {
	LOCK(spin_lock, spin_unlock, ATOMIC),
	LOCK(spin_lock_bh, spin_unlock_bh, ATOMIC),
	LOCK(spin_lock_irq, spin_unlock_irq, ATOMIC),
	LOCK(raw_spin_lock, raw_spin_unlock, ATOMIC),
	LOCK(raw_spin_lock_irq, raw_spin_unlock_irq, ATOMIC),
	LOCK(read_lock, read_unlock, ATOMIC | NESTS),
	LOCK(read_lock_bh, read_unlock_bh, ATOMIC | NESTS),
	LOCK(write_lock, write_unlock, ATOMIC),
	LOCK(write_lock_bh, write_unlock_bh, ATOMIC),
	LOCK(mutex_lock, mutex_unlock, SLEEPS),
	LOCK(down_read, up_read, SLEEPS),
	LOCK(down_write, up_write, SLEEPS),
	LOCK(rcu_read_lock, rcu_read_unlock, ATOMIC | NESTS),
	LOCK(rcu_read_lock_bh, rcu_read_unlock_bh, ATOMIC | NESTS),
	LOCK(local_bh_disable, local_bh_enable, ATOMIC | NESTS),
	LOCK(local_irq_disable, local_irq_enable, ATOMIC),
	LOCK(preempt_disable, preempt_enable, ATOMIC | NESTS),
	LOCK(rtnl_lock, rtnl_unlock, SLEEPS),
	TRY(spin_trylock, spin_unlock, ATOMIC),
	TRY(spin_trylock_bh, spin_unlock_bh, ATOMIC),
	TRY(mutex_trylock, mutex_unlock, 0),
	TRY(rtnl_trylock, rtnl_unlock, 0),
	{"alloc_workqueue", NULL, SLEEPS},
	{"cancel_delayed_work_sync", NULL, SLEEPS},
	{"cancel_work_sync", NULL, SLEEPS},
	{"cond_resched", NULL, SLEEPS},
	{"copy_from_user", NULL, SLEEPS},
	{"copy_to_user", NULL, SLEEPS},
	{"destroy_workqueue", NULL, SLEEPS},
	{"flush_work", NULL, SLEEPS},
	{"flush_workqueue", NULL, SLEEPS},
	{"msleep", NULL, SLEEPS},
	{"msleep_interruptible", NULL, SLEEPS},
	{"rcu_barrier", NULL, SLEEPS},
	{"schedule", NULL, SLEEPS},
	{"schedule_timeout", NULL, SLEEPS},
	{"ssleep", NULL, SLEEPS},
	{"synchronize_net", NULL, SLEEPS},
	{"synchronize_rcu", NULL, SLEEPS},
	{"usleep_range", NULL, SLEEPS},
	{"vmalloc", NULL, SLEEPS},
	{"vzalloc", NULL, SLEEPS},
	{"wait_for_completion", NULL, SLEEPS},
};

const struct kernel_call *kernel_call_find(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (!strcmp(calls[i].name, name))
			return &calls[i];
	}
	return NULL;
}
