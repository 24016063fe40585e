// The guide's words. A host replaces those that are different where it stands: `guide.words` by the same names.

const WORDS = {
  now: "现在时间",
  people: "示范用户",
  people_note: "需要资料的地方用下面的。",
  card_no: "卡号",
  staff: "工作台",
  staff_note: "工作人员在这里登录。",
  scan_note: "服务号的二维码可以带一个参数，例如门口的牌子。",
  roles: {},
};

/** Who can be played, and where: a clinic's host says `patients` and `hospital`. */
export const peopleOf = (guide) => guide.people || guide.patients || [];
export const placeOf = (guide) => guide.place_name || guide.hospital || "";

export function wordsOf(guide) {
  return { ...WORDS, ...(guide.words || {}) };
}
