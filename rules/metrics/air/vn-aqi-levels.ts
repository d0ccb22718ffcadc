/** A level of the index, in words for people. */
export interface AqiLevel {
  readonly key: 'good' | 'moderate' | 'poor' | 'bad' | 'very-bad' | 'hazardous'
  /** Published values, both inclusive. */
  readonly min: number
  readonly max: number
  readonly vi: string
  readonly en: string
  readonly colour: string
  readonly effect: string
  readonly advice: string
  /** For "người già, trẻ em, người mắc các bệnh hô hấp, tim mạch…". */
  readonly adviceSensitive: string
}

/** Quyết định 1459/QĐ-TCMT (2019), Bảng 1 and Bảng 4; effects and advice in its own words. */
export const aqiLevels: readonly AqiLevel[] = [
  {
    key: 'good',
    min: 0,
    max: 50,
    vi: 'Tốt',
    en: 'Good',
    colour: '#00E400',
    effect: 'Chất lượng không khí tốt, không ảnh hưởng tới sức khỏe',
    advice: 'Tự do thực hiện các hoạt động ngoài trời',
    adviceSensitive: 'Tự do thực hiện các hoạt động ngoài trời'
  },
  {
    key: 'moderate',
    min: 51,
    max: 100,
    vi: 'Trung bình',
    en: 'Moderate',
    colour: '#FFFF00',
    effect:
      'Chất lượng không khí ở mức chấp nhận được. Tuy nhiên, đối với những người nhạy cảm (người già, trẻ em, người mắc các bệnh hô hấp, tim mạch…) có thể chịu những tác động nhất định tới sức khỏe.',
    advice: 'Tự do thực hiện các hoạt động ngoài trời',
    adviceSensitive: 'Nên theo dõi các triệu chứng như ho hoặc khó thở, nhưng vẫn có thể hoạt động bên ngoài.'
  },
  {
    key: 'poor',
    min: 101,
    max: 150,
    vi: 'Kém',
    en: 'Poor (unhealthy for sensitive groups)',
    colour: '#FF7E00',
    effect: 'Những người nhạy cảm gặp phải các vấn đề về sức khỏe, những người bình thường ít ảnh hưởng.',
    advice:
      'Những người thấy có triệu chứng đau mắt, ho hoặc đau họng… nên cân nhắc giảm các hoạt động ngoài trời. Đối với học sinh, có thể hoạt động bên ngoài, nhưng nên giảm bớt việc tập thể dục kéo dài.',
    adviceSensitive:
      'Nên giảm các hoạt động mạnh và giảm thời gian hoạt động ngoài trời. Những người mắc bệnh hen suyễn có thể cần sử dụng thuốc thường xuyên hơn.'
  },
  {
    key: 'bad',
    min: 151,
    max: 200,
    vi: 'Xấu',
    en: 'Unhealthy',
    colour: '#FF0000',
    effect:
      'Những người bình thường bắt đầu có các ảnh hưởng tới sức khỏe, nhóm người nhạy cảm có thể gặp những vấn đề sức khỏe nghiêm trọng hơn.',
    advice:
      'Mọi người nên giảm các hoạt động mạnh khi ở ngoài trời, tránh tập thể dục kéo dài và nghỉ ngơi nhiều hơn trong nhà.',
    adviceSensitive:
      'Nên ở trong nhà và giảm hoạt động mạnh. Nếu cần thiết phải ra ngoài, hãy đeo khẩu trang đạt tiêu chuẩn.'
  },
  {
    key: 'very-bad',
    min: 201,
    max: 300,
    vi: 'Rất xấu',
    en: 'Very unhealthy',
    colour: '#8F3F97',
    effect: 'Cảnh báo ảnh hưởng tới sức khỏe: mọi người bị ảnh hưởng tới sức khỏe nghiêm trọng hơn.',
    advice:
      'Mọi người hạn chế tối đa các hoạt động ngoài trời và chuyển tất cả các hoạt động vào trong nhà. Nếu cần thiết phải ra ngoài, hãy đeo khẩu trang đạt tiêu chuẩn.',
    adviceSensitive: 'Nên ở trong nhà và giảm hoạt động mạnh.'
  },
  {
    key: 'hazardous',
    min: 301,
    max: 500,
    vi: 'Nguy hại',
    en: 'Hazardous',
    colour: '#7E0023',
    effect: 'Cảnh báo khẩn cấp về sức khỏe: Toàn bộ dân số bị ảnh hưởng tới sức khỏe tới mức nghiêm trọng.',
    advice:
      'Mọi người nên ở trong nhà, đóng cửa ra vào và cửa sổ. Nếu cần thiết phải ra ngoài, hãy đeo khẩu trang đạt tiêu chuẩn.',
    adviceSensitive:
      'Mọi người nên ở trong nhà, đóng cửa ra vào và cửa sổ. Nếu cần thiết phải ra ngoài, hãy đeo khẩu trang đạt tiêu chuẩn.'
  }
]

/** The level of a published value; a value beyond the scale is hazardous. */
export function aqiLevelOf(published: number): AqiLevel | undefined {
  return published < 0 ? undefined : (aqiLevels.find(({ max }) => published <= max) ?? aqiLevels.at(-1))
}
