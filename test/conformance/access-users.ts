/** Who the brokers of the profiles with access control know from the start. Knows no case. */

/** May do everything; the judge works as this one. */
export const ADMIN = { accessKey: 'conformanceAdmin', secretKey: 'conformance-admin-secret' } as const;
