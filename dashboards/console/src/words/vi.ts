import type { Dictionary } from './dictionary.ts'
import { setAside } from './vi/quarantine.ts'
import { account } from './vi/account.ts'
import { connections } from './vi/connections.ts'
import { audit, wall } from './vi/audit.ts'
import { common } from './vi/every-page.ts'
import { entry } from './vi/entry.ts'
import { gateways } from './vi/gateways.ts'
import { rules } from './vi/rules.ts'
import { observations } from './vi/observations.ts'
import { onboarding } from './vi/onboarding.ts'
import { displays, people, roles, tokens } from './vi/people.ts'

export const vi = {
  title: 'Sen: số liệu trực tiếp',
  skipToDevices: 'Đến danh sách thiết bị',
  language: 'Ngôn ngữ',
  justNow: 'vừa xong',
  minute: 'phút',
  yes: 'có',
  no: 'không',
  zone: 'Giờ hiển thị là giờ Việt Nam (+07:00).',
  loading: 'Đang tải thiết bị…',
  notPermitted: 'Phiên làm việc này không có quyền xem phần này.',
  link: {
    connecting: 'Đang kết nối…',
    live: 'Đang nhận trực tiếp',
    lost: 'Mất kết nối, đang nối lại',
    signedOut: 'Chưa đăng nhập',
    asOf: (time, age) => `Số liệu trên màn hình là của lúc ${time}, ${age}.`,
    retryIn: seconds => `Thử lại sau ${seconds} giây.`,
    retrying: 'Đang thử nối lại…',
    retryNow: 'Nối lại ngay'
  },
  accounting: {
    heading: 'Đối soát',
    holds: 'Khớp',
    off: difference => `Lệch ${difference}`,
    explain: 'Giải thích',
    holdsExplained: 'Khớp: hai vế bằng nhau, không thiếu và không thừa bản ghi nào.',
    messages: 'Bản tin',
    received: { label: 'nhận', explanation: 'Bản tin đã xác nhận với thiết bị; mỗi bản tin đã nằm an toàn trên đĩa.' },
    messageParts: {
      stored: { label: 'lưu', explanation: 'Bản tin có ít nhất một số đo được giữ lại.' },
      event: { label: 'sự kiện', explanation: 'Bản tin không mang số đo: gia nhập mạng, trạng thái và tương tự.' },
      duplicate: { label: 'trùng', explanation: 'Bản tin được phát lại, đã nhận ra và không tính hai lần.' },
      quarantined: { label: 'cách ly', explanation: 'Chưa hiểu được; giữ lại kèm lý do, có thể giải mã lại sau.' },
      pending: { label: 'đang chờ', explanation: 'Đã nằm trên đĩa, chờ đến lượt giải mã.' }
    },
    readings: 'Số đo',
    decoded: { label: 'giải mã', explanation: 'Số đo đọc được từ các bản tin.' },
    readingParts: {
      stored: { label: 'lưu', explanation: 'Số đo nằm trong kho số liệu.' },
      duplicate: { label: 'trùng', explanation: 'Cùng giá trị, cùng thời điểm đã có sẵn.' },
      superseded: {
        label: 'thay thế',
        explanation: 'Cùng thời điểm có giá trị mới hơn thay chỗ; giá trị cũ vẫn còn trong nhật ký gốc.'
      },
      refused: { label: 'từ chối', explanation: 'Không lưu được; lý do ghi trong nhật ký.' },
      pending: { label: 'đang chờ', explanation: 'Đã giải mã, chờ ghi vào kho số liệu.' }
    }
  },
  summary: {
    heading: 'Tổng quan',
    all: 'Thiết bị',
    reporting: 'Đang gửi',
    silent: 'Im lặng',
    window: 'theo nhịp riêng của từng thiết bị',
    rate: 'Số đo mỗi giây'
  },
  filter: {
    label: 'Tìm thiết bị',
    placeholder: 'Tên, mã, điểm đo…',
    clear: 'Xóa tìm kiếm',
    shown: (count, all) => `Hiện ${count} trên ${all} thiết bị`,
    none: 'Không có thiết bị nào khớp.'
  },
  devices: {
    heading: 'Thiết bị và giá trị mới nhất',
    empty: 'Chưa có thiết bị nào được đăng ký.',
    count: count => `${count} thiết bị`,
    silent: count => `${count} im lặng`,
    isSilent: 'Im lặng',
    isLate: 'Chậm',
    isBehind: gateway => `Im lặng vì trạm thu ${gateway}`,
    never: 'Chưa có số đo',
    signal: 'Tín hiệu'
  },
  quality: {
    'receive-time': {
      label: 'giờ nhận',
      explanation: 'Giờ của thiết bị nằm ngoài khoảng chấp nhận, nên dùng giờ máy chủ nhận được.'
    },
    implausible: { label: 'bất thường', explanation: 'Nằm ngoài khoảng hợp lý của đại lượng này.' },
    manual: { label: 'nhập tay', explanation: 'Do người nhập, không phải thiết bị đo.' },
    doubtful: {
      label: 'đáng ngờ',
      explanation: 'Cảm biến có vẻ bị kẹt, nhảy số hoặc trôi dần; số liệu vẫn được giữ.'
    },
    derived: { label: 'tính toán', explanation: 'Do hệ thống tính từ các số đo, không phải thiết bị đo.' },
    simulated: { label: 'mô phỏng', explanation: 'Do tỉnh mô phỏng tạo ra, không phải số đo thật.' },
    withdrawn: { label: 'đã thu hồi', explanation: 'Người nhập đã thu hồi; không còn được dùng.' }
  },
  legend: 'Dấu chất lượng',
  quarantine: {
    heading: 'Bản tin cách ly',
    explanation: 'Những bản tin mới nhất chưa hiểu được. Không bản tin nào bị bỏ: tất cả còn trong nhật ký gốc.',
    empty: 'Không có bản tin nào bị cách ly.',
    reasons: {
      unclaimed: 'Thiết bị chưa đăng ký',
      replaced: 'Thiết bị đã được thay bằng thiết bị khác',
      decommissioned: 'Thiết bị đã ngừng sử dụng',
      'unknown-topic': 'Chủ đề (topic) không rõ',
      'unknown-profile': 'Không có hồ sơ thiết bị này',
      'chirpstack-v3': 'Định dạng ChirpStack v3 (chỉ hỗ trợ v4)',
      'event-invalid': 'Sự kiện sai cấu trúc',
      'json-invalid': 'JSON không hợp lệ',
      'json-too-deep': 'JSON lồng quá sâu',
      'json-too-wide': 'JSON có quá nhiều trường',
      'no-mapped-value': 'Không có giá trị nào thuộc hồ sơ thiết bị',
      'value-invalid': 'Giá trị không hợp lệ',
      'codec-error': 'Bộ giải mã báo lỗi',
      'codec-timeout': 'Bộ giải mã chạy quá thời hạn',
      'codec-memory': 'Bộ giải mã dùng quá nhiều bộ nhớ',
      'codec-suspended': 'Bộ giải mã đang tạm ngừng sau lỗi'
    }
  },
  account,
  audit,
  common,
  connections,
  displays,
  entry,
  gateways,
  observations,
  onboarding,
  people,
  roles,
  rules,
  setAside,
  tokens,
  wall
} satisfies Dictionary
