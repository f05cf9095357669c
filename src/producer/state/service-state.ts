/**
 * The states of a producer, as the Java client names them (ServiceState.java), and SHUTTING_DOWN, because ours drains.
 *
 *     CREATE_JUST ──start──► START_FAILED ──(all well)──► RUNNING ──shutdown──► SHUTTING_DOWN ──► SHUTDOWN_ALREADY
 *          ▲ └───────────────────│──────────────────────────shutdown─────────────▲
 *          └─(duplicate group)───┤                                               │
 *                                └─(anything else went wrong: for good)──────────┘
 */
export type ServiceState = 'CREATE_JUST' | 'START_FAILED' | 'RUNNING' | 'SHUTTING_DOWN' | 'SHUTDOWN_ALREADY';
