/**
 * What a person agrees to when joining (Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15, Điều 9): what is kept, what for, how long,
 * and how to take it back. A new text gets a new version; the version agreed to is kept with its time.
 */
export const consent = {
  version: '2026-11',
  vi: 'Sen lưu họ tên, số điện thoại (và địa chỉ thư nếu có), đơn vị, vai trò, các thiết bị đã đăng ký của bạn, và ghi nhật ký những lần đăng nhập, thao tác cùng địa chỉ mạng trong 12 tháng. Dữ liệu chỉ dùng để cho bạn đăng nhập, gửi cảnh báo và truy vết trách nhiệm; không chia sẻ cho bên ngoài nếu pháp luật không yêu cầu. Bạn có quyền xem, sửa, xóa dữ liệu và rút lại sự đồng ý bất cứ lúc nào bằng cách báo cho người quản trị của đơn vị; khi đó tài khoản bị khóa, nhật ký được giữ hết thời hạn nói trên.',
  en: 'Sen keeps your name, phone number (and mail address if there is one), unit, roles and enrolled devices, and logs your logins and actions with their network address for 12 months. The data serve to let you in, to send you alerts and to account for what was done; they are not shared outside unless the law demands it. You may see, correct and delete your data and withdraw this consent at any time by telling your unit’s administrator; the account is then closed, and the log is kept until its time is over.'
} as const
