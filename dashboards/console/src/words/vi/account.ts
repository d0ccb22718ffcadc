/** Words of the own account. */
export const account = {
  title: 'Tài khoản của tôi',
  who: 'Tôi là ai',
  name: 'Họ và tên',
  login: 'Tên đăng nhập',
  phone: 'Điện thoại',
  email: 'Thư điện tử',
  grants: 'Quyền',
  password: {
    title: 'Mật khẩu',
    none: 'Tài khoản này không dùng mật khẩu.',
    expires: (time: string) => `Hết hạn lúc ${time}.`,
    change: 'Đổi mật khẩu',
    current: 'Mật khẩu hiện tại',
    next: 'Mật khẩu mới',
    wrong: 'Mật khẩu hiện tại không đúng.',
    changed: 'Đã đổi mật khẩu.'
  },
  factors: {
    title: 'Xác nhận lần hai',
    hint: 'Giữ tài khoản an toàn cả khi lộ mật khẩu.',
    totp: 'Ứng dụng xác thực',
    isOn: 'Đang bật',
    isOff: 'Chưa bật',
    turnOn: 'Bật',
    turnOff: 'Tắt',
    scan: 'Quét mã này bằng ứng dụng xác thực (Google Authenticator, Microsoft Authenticator, Aegis…).',
    qr: 'Mã QR cho ứng dụng xác thực',
    byHand: 'Không quét được? Nhập khóa này vào ứng dụng:',
    code: '6 số đang hiện trong ứng dụng',
    confirm: 'Xác nhận',
    codeOff: 'Nhập mã đang hiện để tắt',
    recovery: 'Mã dự phòng',
    recoveryLeft: (count: string) => `Còn ${count} mã dự phòng.`,
    recoveryRenew: 'Tạo mã dự phòng mới',
    recoveryRenewHint: 'Các mã cũ sẽ hết hiệu lực. Nhập mã đang hiện trong ứng dụng để xác nhận.',
    recoveryTitle: 'Hãy cất các mã dự phòng',
    recoveryHint: 'Mỗi mã dùng được một lần khi không có điện thoại. Các mã chỉ hiện một lần này.',
    recoverySave: 'Tải về máy',
    recoveryFile: 'ma-du-phong-sen.txt',
    recoveryKept: 'Tôi đã cất các mã'
  },
  passkeys: {
    title: 'Khóa truy cập',
    hint: 'Vân tay, khuôn mặt hoặc khóa bảo mật; không cần mật khẩu.',
    none: 'Chưa có khóa truy cập nào.',
    add: 'Thêm khóa truy cập',
    name: 'Tên khóa',
    nameHint: 'Để nhận ra, ví dụ “Máy ở cơ quan”.',
    unsupported: 'Trang này cần mở bằng https:// và tên miền thì mới dùng được khóa truy cập.',
    remove: (name: string) => `Xóa khóa “${name}”?`,
    removeHint: 'Không đăng nhập được bằng khóa này nữa.'
  },
  devices: {
    title: 'Thiết bị đã ghi danh',
    none: 'Chưa ghi danh thiết bị nào.',
    kinds: { phone: 'Điện thoại', display: 'Màn hình' },
    remove: (name: string) => `Xóa thiết bị “${name}”?`,
    removeHint: 'Thiết bị phải ghi danh lại mới dùng được.'
  },
  sessions: {
    title: 'Phiên đang mở',
    isThis: 'phiên này',
    end: 'Kết thúc',
    endTitle: 'Kết thúc phiên này?',
    endHint: 'Ai đang dùng phiên đó phải đăng nhập lại.',
    via: {
      password: 'mật khẩu',
      passkey: 'khóa truy cập',
      device: 'thiết bị đã ghi danh',
      token: 'mã API',
      demo: 'khách xem thử'
    }
  },
  created: (time: string) => `Tạo ${time}`,
  lastUsed: (time: string) => `Dùng lần cuối ${time}`
}
