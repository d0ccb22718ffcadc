/**
 * Everything that can be allowed, apart from each other: who looks does not command, who commands does not change rules.
 * The names are part of the API.
 */
export const actions = [
  { id: 'read', vi: 'Xem số liệu, thiết bị', en: 'See readings and devices' },
  { id: 'export', vi: 'Tải số liệu về', en: 'Export readings' },
  { id: 'observe', vi: 'Nhập số liệu bằng tay', en: 'Enter readings by hand' },
  { id: 'ingest', vi: 'Gửi số liệu (máy)', en: 'Send telemetry (machines)' },
  { id: 'command', vi: 'Điều khiển thiết bị', en: 'Command devices' },
  { id: 'acknowledge', vi: 'Xác nhận cảnh báo', en: 'Acknowledge alarms' },
  { id: 'change-rules', vi: 'Sửa quy tắc cảnh báo', en: 'Change rules' },
  { id: 'manage-devices', vi: 'Quản lý điểm đo, thiết bị', en: 'Manage sites and devices' },
  { id: 'manage-people', vi: 'Quản lý đơn vị, người dùng, vai trò', en: 'Manage organisations, people and roles' },
  { id: 'manage-tokens', vi: 'Quản lý mã truy cập của chương trình', en: 'Manage tokens of programs' },
  { id: 'manage-connections', vi: 'Quản lý kết nối ra ngoài', en: 'Manage connections to other systems' },
  { id: 'observe-system', vi: 'Xem tình trạng hệ thống', en: 'See the state of the system' },
  { id: 'read-audit', vi: 'Xem nhật ký kiểm toán', en: 'Read the audit log' },
  { id: 'report', vi: 'Lập báo cáo, nhập chỉ tiêu', en: 'Prepare reports, enter indicators' },
  { id: 'approve', vi: 'Phê duyệt', en: 'Approve' }
] as const

export type Action = (typeof actions)[number]['id']

/** @returns whether the text names an action. */
export function isAction(text: string): text is Action {
  return actions.some(({ id }) => id === text)
}
