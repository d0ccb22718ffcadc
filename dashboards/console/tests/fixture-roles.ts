const allActions = [
  'read',
  'export',
  'observe',
  'ingest',
  'command',
  'acknowledge',
  'change-rules',
  'manage-devices',
  'manage-people',
  'manage-tokens',
  'manage-connections',
  'observe-system',
  'read-audit',
  'report',
  'approve'
]
/** What each built-in role may do. */
export const actionsOf: Readonly<Record<string, readonly string[]>> = {
  administrator: allActions,
  operator: ['read', 'observe', 'command', 'acknowledge', 'observe-system'],
  technician: ['read', 'observe', 'manage-devices'],
  farmer: ['read', 'observe', 'acknowledge'],
  viewer: ['read', 'observe-system'],
  reporter: ['read', 'export', 'report'],
  auditor: ['read', 'read-audit'],
  ingest: ['ingest']
}
export const roleNames: Readonly<Record<string, { readonly vi: string; readonly en: string }>> = {
  administrator: { vi: 'Quản trị', en: 'Administrator' },
  operator: { vi: 'Vận hành', en: 'Operator' },
  technician: { vi: 'Kỹ thuật', en: 'Technician' },
  farmer: { vi: 'Nông dân', en: 'Farmer' },
  viewer: { vi: 'Chỉ xem', en: 'Viewer' },
  reporter: { vi: 'Báo cáo', en: 'Reporter' },
  auditor: { vi: 'Kiểm tra nhật ký', en: 'Auditor' },
  ingest: { vi: 'Gửi số liệu', en: 'Data sender' }
}
export const actionNames: Readonly<Record<string, { readonly vi: string; readonly en: string }>> = {
  read: { vi: 'Xem số liệu', en: 'See data' },
  export: { vi: 'Xuất số liệu', en: 'Export data' },
  observe: { vi: 'Nhập quan sát', en: 'Enter observations' },
  ingest: { vi: 'Gửi số liệu', en: 'Send data' },
  command: { vi: 'Điều khiển thiết bị', en: 'Command devices' },
  acknowledge: { vi: 'Nhận cảnh báo', en: 'Acknowledge alarms' },
  'change-rules': { vi: 'Sửa quy tắc', en: 'Change rules' },
  'manage-devices': { vi: 'Quản lý thiết bị', en: 'Manage devices' },
  'manage-people': { vi: 'Quản lý người', en: 'Manage people' },
  'manage-tokens': { vi: 'Quản lý mã API', en: 'Manage tokens' },
  'manage-connections': { vi: 'Quản lý kết nối', en: 'Manage connections' },
  'observe-system': { vi: 'Xem tình trạng hệ thống', en: 'See the system' },
  'read-audit': { vi: 'Xem nhật ký', en: 'Read the audit log' },
  report: { vi: 'Lập báo cáo', en: 'Make reports' },
  approve: { vi: 'Duyệt', en: 'Approve' }
}
