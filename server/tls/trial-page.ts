import { toString as qrCode } from 'qrcode'

export interface TrialPageProps {
  /** HTTPS origin under which a phone opens Sen. */
  readonly address: string
  /** SHA-256 of the authority's certificate, hexadecimal with colons. */
  readonly fingerprint: string
  readonly endsAt: Date
}

/** @returns the page `/trial-ca` (HTML): how to install the trial authority and how to remove it, Vietnamese first. No script. */
export async function trialPage({ address, fingerprint, endsAt }: TrialPageProps): Promise<string> {
  const qr = await qrCode(address, { type: 'svg', margin: 2, errorCorrectionLevel: 'M' })
  const link = escaped(address)
  const end = endsAt.toISOString().slice(0, 10)
  const facts = { qr, link, fingerprint: escaped(fingerprint), end }
  return `<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sen: chứng chỉ dùng thử / trial certificate</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/trial-ca/style.css">
</head>
<body>
<main>
<section lang="vi">${vietnamese(facts)}</section>
<section lang="en">${english(facts)}</section>
</main>
</body>
</html>
`
}

interface Facts {
  /** SVG. */
  readonly qr: string
  readonly link: string
  readonly fingerprint: string
  /** Day on which the authority ends. */
  readonly end: string
}

const vietnamese = ({ qr, link, fingerprint, end }: Facts): string => `
<h1>Cài chứng chỉ dùng thử của Sen</h1>
<p class="warning"><strong>Chỉ để dùng thử.</strong> Cài xong, máy này sẽ tin mọi chứng chỉ do máy chủ Sen này ký. Chứng chỉ chỉ có giá trị cho
mạng nội bộ và tên của máy chủ này, đến ngày ${end}. Hãy gỡ ra khi thử xong. Khi dùng thật, hãy dùng tên miền và chứng chỉ riêng.</p>
<h2>1. So dấu vân tay</h2>
<p>Hỏi người vận hành dấu vân tay SHA-256 mà máy chủ đã in ra. Nếu khác, đừng cài:</p>
<p><code>${fingerprint}</code></p>
<h2>2. Tải và cài</h2>
<p><a class="button" href="/trial-ca/sen-ca.crt" download>Tải sen-ca.crt</a></p>
<h3>Android</h3>
<ol>
<li>Tải tệp ở trên.</li>
<li>Mở <b>Cài đặt → Bảo mật và quyền riêng tư → Mã hóa và thông tin xác thực → Cài đặt chứng chỉ → Chứng chỉ CA</b>
(tên mục khác nhau tùy máy: tìm “chứng chỉ CA” hoặc “CA certificate” trong Cài đặt).</li>
<li>Chọn <b>Vẫn cài đặt</b>, mở khóa máy, chọn <code>sen-ca.crt</code>.</li>
</ol>
<h3>iPhone, iPad</h3>
<ol>
<li>Mở trang này bằng Safari, tải tệp ở trên, chọn <b>Cho phép</b>.</li>
<li>Mở <b>Cài đặt → Đã tải về hồ sơ</b> (hoặc <b>Cài đặt chung → Quản lý VPN &amp; Thiết bị</b>), chọn <b>Cài đặt</b>.</li>
<li>Mở <b>Cài đặt chung → Giới thiệu → Cài đặt tin cậy chứng nhận</b> (Certificate Trust Settings), bật “Sen trial authority”.</li>
</ol>
<h3>Windows (Chrome, Edge)</h3>
<ol>
<li>Tải tệp ở trên rồi mở ra, chọn <b>Install Certificate… → Current User</b>.</li>
<li>Chọn <b>Place all certificates in the following store → Browse… → Trusted Root Certification Authorities</b>, rồi <b>Next → Finish → Yes</b>.</li>
<li>Đóng hẳn trình duyệt rồi mở lại.</li>
</ol>
<h2>3. Mở Sen</h2>
<p><a href="${link}">${link}</a></p>
<div class="qr">${qr}</div>
<h2>Gỡ ra khi thử xong</h2>
<ul>
<li><b>Android:</b> Cài đặt → … → Mã hóa và thông tin xác thực → Thông tin xác thực đáng tin cậy → Người dùng → “Sen trial authority” → Xóa.</li>
<li><b>iPhone:</b> Cài đặt chung → Quản lý VPN &amp; Thiết bị → “Sen trial authority” → Xóa hồ sơ.</li>
<li><b>Windows:</b> mở <code>certmgr.msc</code> → Trusted Root Certification Authorities → Certificates → “Sen trial authority” → Delete.</li>
</ul>
`

const english = ({ qr, link, fingerprint, end }: Facts): string => `
<h1>Install Sen’s trial certificate</h1>
<p class="warning"><strong>For trials only.</strong> Once it is installed, this device trusts every certificate that this Sen signs. It counts for
private networks and this server’s own names only, until ${end}. Remove it when the trial is over. For real use take a domain name and a certificate of your own.</p>
<h2>1. Compare the fingerprint</h2>
<p>Ask the operator for the SHA-256 fingerprint that the server printed. If it differs, do not install:</p>
<p><code>${fingerprint}</code></p>
<h2>2. Download and install</h2>
<p><a class="button" href="/trial-ca/sen-ca.crt" download>Download sen-ca.crt</a></p>
<h3>Android</h3>
<ol>
<li>Download the file above.</li>
<li>Open <b>Settings → Security &amp; privacy → More security settings → Encryption &amp; credentials → Install a certificate → CA certificate</b>
(the names differ a little: search Settings for “CA certificate”).</li>
<li>Choose <b>Install anyway</b>, unlock, and choose <code>sen-ca.crt</code>.</li>
</ol>
<h3>iPhone, iPad</h3>
<ol>
<li>Open this page in Safari, download the file above, choose <b>Allow</b>.</li>
<li>Open <b>Settings → Profile Downloaded</b> (or <b>General → VPN &amp; Device Management</b>) and choose <b>Install</b>.</li>
<li>Open <b>Settings → General → About → Certificate Trust Settings</b> and switch “Sen trial authority” on.</li>
</ol>
<h3>Windows (Chrome, Edge)</h3>
<ol>
<li>Download the file above, open it, choose <b>Install Certificate… → Current User</b>.</li>
<li>Choose <b>Place all certificates in the following store → Browse… → Trusted Root Certification Authorities</b>, then <b>Next → Finish → Yes</b>.</li>
<li>Close the browser altogether and open it again.</li>
</ol>
<h2>3. Open Sen</h2>
<p><a href="${link}">${link}</a></p>
<div class="qr">${qr}</div>
<h2>Remove it afterwards</h2>
<ul>
<li><b>Android:</b> Settings → … → Encryption &amp; credentials → Trusted credentials → User → “Sen trial authority” → Remove.</li>
<li><b>iPhone:</b> Settings → General → VPN &amp; Device Management → “Sen trial authority” → Remove Profile.</li>
<li><b>Windows:</b> open <code>certmgr.msc</code> → Trusted Root Certification Authorities → Certificates → “Sen trial authority” → Delete.</li>
</ul>
`

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
