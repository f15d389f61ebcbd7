"""Every sentence about a problem, in both languages: what is wrong, and what to do. One catalogue, one place to translate."""

from __future__ import annotations

from collections.abc import Iterable

from checker.errors import Place, Problem, Text

#: Code -> what is wrong (zh, en) and the remedy (zh, en). Names in braces are filled in by :func:`problem`.
CATALOGUE: dict[str, tuple[str, str, str, str]] = {
    # reading
    "not_found": ("文件不存在。", "there is no such file.", "请检查路径。", "Check the path."),
    "is_directory": ("这是一个目录，不是文件。", "this is a directory, not a file.",
                     "请给出其中的 JSON 文件。", "Name a JSON file inside it."),
    "not_permitted": ("没有读取权限。", "no permission to read it.", "请调整文件权限。", "Change the file's permissions."),
    "not_readable": ("无法读取（{reason}）。", "cannot be read ({reason}).", "请检查文件与磁盘。", "Check the file and the disk."),
    "too_large": ("文件超过 {limit} MB。", "the file is larger than {limit} MB.",
                  "一家企业的事实库应远小于此；请把每家企业分成单独的文件。",
                  "One company's facts are far smaller; give each company its own file."),
    "empty": ("文件是空的。", "the file is empty.", "请参照 fixtures/ 中的示例填写。", "Start from an example in fixtures/."),
    "not_utf8": ("不是 UTF-8 编码。", "not UTF-8.", "请另存为 UTF-8。", "Save the file as UTF-8."),
    "too_deep": ("嵌套超过 {limit} 层。", "nested more than {limit} levels deep.",
                 "事实只需按词表的层次嵌套。", "Facts nest only as deep as the vocabulary."),
    "not_writable": ("无法写入（{reason}）。", "cannot be written ({reason}).", "请检查路径与权限。", "Check the path and its permissions."),
    # populations
    "nothing_to_survey": ("没有可读的记录文件。", "there are no files of records here.", "可读的文件类型：{forms}。", "Files of these kinds are read: {forms}."),
    "not_tabular": ("不能作为 {form} 读取（{reason}）。", "cannot be read as {form} ({reason}).", "请重新导出，或改正文件名的后缀。", "Export it again, or correct the ending of its name."),
    "unknown_column": ("没有名为“{column}”的列。", "there is no such column as \"{column}\".", "{hint}", "{hint}"),
    "other_survey": ("这里有一次未完成的普查，其输入、规则或选项与这次不同。", "an unfinished survey is kept here, with other input, rules or options.",
                     "请用原来的命令完成它，或删去这个目录重新开始。", "Finish it with its own command, or delete this folder to start anew."),
    "other_rules": ("规则文件在普查途中变了。", "the rule files have changed during the survey.", "请恢复规则文件，或重新开始。", "Put the rule files back, or start anew."),
    "not_judged": ("未能判定（{reason}）。", "could not be judged ({reason}).", "这是程序的缺陷，请附上这条记录告诉我们。", "This is a bug of ours: please tell us, with the record."),
    "output_form": ("不认识的输出类型“{ending}”。", "no such form of output as \"{ending}\".", "可用：{forms}。", "There are: {forms}."),
    "master_without_spark": ("--master 只用于 --engine spark。", "--master belongs to --engine spark.", "请加上 --engine spark，或去掉 --master。", "Add --engine spark, or leave --master out."),
    "bad_master": ("“{said}”不是 Spark 主节点的地址。", "\"{said}\" is not the URL of a Spark master.",
                   "应如 spark://host:7077。", "Write it like spark://host:7077."),
    "spark_unreachable": ("没有 Spark 主节点应答。", "no Spark master answers here.", "请检查地址、端口和防火墙。", "Check the address, the port and the firewall."),
    "spark_start": ("Spark 未能启动（{reason}）。", "Spark does not start ({reason}).",
                    "需要 Java 17 或更新版本；请安装，或用 JAVA_HOME 指明其位置。", "It needs Java 17 or newer: install it, or say with JAVA_HOME where it is."),
    "spark_idle": ("集群 {seconds} 秒内没有为普查分派处理器。", "the cluster gave this survey no processor for {seconds} seconds.",
                   "请检查工作节点是否在运行、是否有空闲的处理器和内存；已完成的部分保留，用同一命令继续。",
                   "Check that workers are running and have processors and memory free; what is done is kept, and the same command goes on from there."),
    "spark_failed": ("Spark 没有完成（{reason}）。", "Spark gave up ({reason}).", "详见 {log}；已完成的部分保留，用同一命令继续。",
                     "See {log}; what is done is kept, and the same command goes on from there."),
    "not_shared": ("各台机器看到的不一样。", "not all machines see the same here.",
                   "请把输入和输出的文件夹以相同的路径挂载到每台机器上。", "Mount the folders of input and output at the same paths on every machine."),
    "other_program": ("版本是 {here}，而普查用的是 {there}。", "version {here}, and the survey is run by {there}.",
                      "请在每台机器上安装同一版本。", "Install the same version on every machine."),
    # JSON
    "json_syntax": ("不是有效的 JSON。", "not valid JSON ({reason}).",
                    "请检查此处的引号、逗号与括号。", "Check quotes, commas and brackets here."),
    "json_truncated": ("JSON 在这里突然结束。", "the JSON ends here too early.",
                       "请补全缺少的引号或括号。", "Add the missing quote or bracket."),
    "json_trailing_comma": ("最后一项后面多了一个逗号。", "a comma after the last entry.", "请删去这个逗号。", "Remove the comma."),
    "json_single_quotes": ("JSON 不用单引号。", "JSON has no single quotes.", "请改用双引号。", "Use double quotes."),
    "json_comment": ("JSON 里不能写注释。", "JSON has no comments.",
                     "请删去注释，或写进 note。", "Remove it, or use a note field."),
    "json_extra": ("文件里不止一个 JSON 值。", "more than one JSON value in the file.",
                   "每家企业一个文件。", "Give each company its own file."),
    "json_control_character": ("字符串里有未转义的换行或控制字符。", "an unescaped line break or control character in a string.",
                               "请写成 \\n 之类的转义。", "Write it as an escape such as \\n."),
    "repeated_key": ("键“{key}”重复出现。", "the key \"{key}\" appears twice.",
                     "请只保留一个；同一事实的多处陈述请写成列表。", "Keep one; give several statements of one fact as a list."),
    "not_finite": ("{number} 不是有限的数。", "{number} is not a finite number.",
                   "请写出数值，或用 missing 说明为何没有。", "Give the number, or say with \"missing\" why there is none."),
    "exponent": ("{number} 用了指数写法。", "{number} is written with an exponent.",
                 "请写成普通小数。", "Write a plain decimal."),
    "too_many_digits": ("这个数有 {digits} 位，最多 {limit} 位。", "this number has {digits} digits; {limit} are allowed.",
                        "请检查数值和单位。", "Check the value and its unit."),
    "lone_surrogate": ("字符串里有不成对的 Unicode 代理项。", "a string holds half of a Unicode surrogate pair.",
                       "请重新导出该文本。", "Export the text again."),
    "impossible_date": ("“{said}”不是有效日期。", "\"{said}\" is not a date.",
                        "请写成 2024-12-31 的形式。", "Write it like 2024-12-31."),
    "impossible_month": ("“{said}”不是有效的年月。", "\"{said}\" is not a month.",
                         "请写成 2024-08 的形式。", "Write it like 2024-08."),
    # YAML
    "not_yaml": ("不是有效的 YAML（{reason}）。", "not valid YAML ({reason}).", "请检查缩进与引号。", "Check indents and quotes."),
    "yaml_alias": ("规则文件不用锚点和别名。", "rule files use no anchors or aliases.", "请把内容写全。", "Write the content out."),
    "yaml_tag": ("规则文件不用标签（{tag}）。", "rule files use no tags ({tag}).", "请删去标签。", "Remove the tag."),
    "yaml_key": ("键必须是文字。", "a key has to be text.", "请改成文字键。", "Use a text key."),
    # trees
    "schema": ("不符合格式：{reason}。", "not as the schema wants it: {reason}.", "参见 {schema}。", "See {schema}."),
    "unexpected_key": ("不认识的键“{key}”。", "unknown key \"{key}\".", "{hint}", "{hint}"),
    "missing_key": ("缺少“{key}”。", "\"{key}\" is missing.", "请补上。", "Add it."),
    "wrong_type": ("这里应为“{expected}”，却是“{found}”。", "{expected} is wanted here, {found} was given.", "{hint}", "{hint}"),
    "too_many_problems": ("已有 {limit} 个问题，未再往下检查。", "there are {limit} problems; the rest was not looked at.",
                          "请先改正这些。", "Mend these first."),
    # facts
    "unknown_fact": ("词表里没有事实“{fact}”。", "the vocabulary has no fact \"{fact}\".", "{hint}", "{hint}"),
    "group_not_fact": ("“{fact}”是一组事实，不是一个事实。", "\"{fact}\" is a group of facts, not a fact.",
                       "请填写其中的事实，例如 {example}。", "Give the facts in it, for example {example}."),
    "wrong_unit": ("单位“{found}”不对，应为“{expected}”。", "the unit \"{found}\" is wrong; \"{expected}\" is wanted.",
                   "请换算后填写。", "Convert the value."),
    "below_minimum": ("{value} 小于最小值 {limit}。", "{value} is below the least possible value {limit}.",
                      "请检查数值和单位。", "Check the value and its unit."),
    "above_maximum": ("{value} 大于最大值 {limit}。", "{value} is above the greatest possible value {limit}.",
                      "请检查数值和单位。", "Check the value and its unit."),
    "not_a_choice": ("“{value}”不在可选值之内：{choices}。", "\"{value}\" is none of the choices: {choices}.", "{hint}", "{hint}"),
    "value_and_missing": ("同一陈述不能既有 value 又有 missing。", "one statement cannot have both a value and a reason for none.",
                          "报告两处说法不同时，请写成两条陈述的列表。", "Where two places differ, give a list of two statements."),
    "neither_value_nor_missing": ("陈述里既无 value 也无 missing。", "a statement needs a value, or a reason for none.",
                                  "请填写 value，或用 missing 说明原因：{choices}。", "Give \"value\", or \"missing\" with one of: {choices}."),
    "null_value": ("这里是 null。", "null says nothing.",
                   "没有值时请用 missing 说明原因（{choices}），或整项删去。",
                   "Say with \"missing\" why there is no value ({choices}), or leave the fact out."),
    "empty_text": ("文字是空的。", "the text is empty.", "请填写，或整项删去。", "Fill it in, or leave the entry out."),
    "text_too_long": ("文字超过 {limit} 个字符。", "the text is longer than {limit} characters.",
                      "请把全文放进证据，只写摘要。", "Put the full text into evidence and write a summary."),
    "missing_evidence": ("引用了不存在的证据“{evidence}”。", "evidence \"{evidence}\" is referred to, but not there.",
                         "{hint}", "{hint}"),
    "missing_document": ("引用了不存在的文件“{document}”。", "document \"{document}\" is referred to, but not there.",
                         "{hint}", "{hint}"),
    "period_reversed": ("结束日期 {end} 早于开始日期 {start}。", "the end {end} lies before the start {start}.",
                        "请对调或更正。", "Swap or correct them."),
    "period_unknown": ("没有报告期。", "there is no reporting period.",
                       "请填写 period.start 与 period.end。", "Give period.start and period.end."),
    "computed_fact": ("“{fact}”由其他事实得出，不能填写。", "\"{fact}\" is computed from other facts and cannot be stated.",
                      "请填写：{facts}。", "Give these: {facts}."),
    "not_rated": ("条款“{clause}”不由评审员评分。", "clause \"{clause}\" takes no rating.",
                  "评审员只评标准交由其评定的条款，见 esgcheck rules show。", "Assessors rate only what the standard leaves to them; see esgcheck rules show."),
    "one_judgement": ("这条评分要有且只有一个 {ways}；这里有：{found}。",
                      "this rating has exactly one of {ways}; here: {found}.",
                      "请只用其中一个；另一位评审员的评分另写一条。", "Use one of these, once; another assessor's rating is another entry."),
    "outside_discretion": ("{points} 分不在“{clause}”印定的 {least} 至 {most} 分之内。", "{points} points are outside the printed limits of \"{clause}\", {least} to {most}.",
                           "请在限度内给分；不得分的，在所问事实里说明。", "Give points within the limits; where nothing is earned, the facts asked for have to say so."),
    "several_bands": ("一条评分只能选一档。", "a rating takes one band.", "请从中选一档：{choices}。", "Choose one of: {choices}."),
    "rated_twice": ("评审员“{assessor}”已在 {place} 评过“{clause}”。", "assessor \"{assessor}\" has rated \"{clause}\" already, at {place}.",
                    "请只保留一条。", "Keep one of them."),
    "refinement_refused": ("等级 {grade} 不能用“{mark}”微调，见 {pack} {place}。", "grade {grade} takes no \"{mark}\", see {pack} {place}.",
                           "请删去这条微调。", "Remove the refinement."),
    "no_preconditions": ("标准包“{pack}”没有申请条件，无从筛查。", "pack \"{pack}\" has no preconditions to screen for.",
                         "有申请条件的：{packs}。", "Packs with preconditions: {packs}."),
    "nothing_to_compare": ("只有一份报告，无从比较。", "one report has nothing to be compared with.", "请给出两个或更多事实文件。", "Name two or more fact files."),
    "mixed_comparison": ("这些文件里既有同一企业的，也有不同企业的。", "some of the files are of one company and some of others.",
                         "请只比较同一企业的各期，或不同企业。", "Compare either one company over periods, or different companies."),
    "same_period": ("同一企业的报告期 {start} 至 {end} 出现两次（另见 {other}）。", "the same company stands here twice for {start} to {end} (also {other}).",
                    "请去掉一份，或更正报告期。", "Leave one out, or correct the period."),
    "different_industry": ("行业 {industry} 与 {file} 的 {other} 不同类，横向比较限于相似行业。",
                           "industry {industry} is not that of {file} ({other}); companies are compared within similar industries.",
                           "仍要比较请加 --any-industry。", "To compare them all the same, add --any-industry."),
    "industry_not_alike": ("行业（{industry}）与首个企业（{other}）不同或不明，比较结果慎用。",
                           "industry {industry}, against {other} of the first company: different or not known; compare with care.",
                           "请填写 company.industry。", "Give company.industry."),
    "period_not_alike": ("报告期 {start} 至 {end} 与首个企业不同。", "its period {start} to {end} is not that of the first company.",
                         "请尽量用同一报告期。", "Use the same period if you can."),
    "no_common_pack": ("没有各份报告共有的标准包。", "no pack is common to all the reports.", "请用 --pack 指定。", "Name one with --pack."),
    "no_target": ("标准包“{pack}”没有等级“{target}”。", "pack \"{pack}\" has no grade \"{target}\".", "可选目标：{choices}。{hint}", "Targets: {choices}. {hint}"),
    "no_goal": ("标准包“{pack}”既无等级也无申请条件，没有可规划的目标。", "pack \"{pack}\" has neither grades nor preconditions to plan for.",
                "请用 --pack 指定有等级的标准包：{packs}。", "Name a pack that has them with --pack: {packs}."),
    "plan_entangled": ("标准包“{pack}”的条款共用太多未定的事实，无法在合理时间内精确求解。",
                       "the clauses of pack \"{pack}\" share too many open facts to be solved exactly in reasonable time.",
                       "请先补充事实，或用 --keep 固定一些。", "Supply facts first, or fix some with --keep."),
    "cost_of_nothing": ("“{name}”既不是事实也不是评分指标。", "\"{name}\" is neither a fact nor an indicator.", "{hint}", "{hint}"),
    "cost_not_positive": ("成本必须大于零。", "a cost is more than nothing.", "不能改变的请用 --keep。", "For what cannot be changed use --keep."),
    "waiver_idle": ("对“{clause}”的豁免不起作用：{why}。", "the waiver of \"{clause}\" counts for nothing: {why}.", "{hint}", "{hint}"),
    "credit_code": ("统一社会信用代码“{code}”未通过校验（{reason}）。",
                    "the unified social credit code \"{code}\" fails its check ({reason}).",
                    "请对照营业执照；检查照常进行。", "Compare it with the business licence; the check goes on."),
    "event_after_as_of": ("事件日期 {date} 晚于判定日 {as_of}，未计入。", "the event of {date} lies after the day judged, {as_of}; not counted.",
                          "请核对日期，或改用更晚的 --as-of。", "Check the date, or use a later --as-of."),
    "claimed_none": ("声明 {first} 至 {last} 没有“{kind}”事件，却记录了 {number} 起。",
                     "it is stated that no event \"{kind}\" happened from {first} to {last}, yet {number} is recorded.",
                     "两者不能同时成立，按记录判定。", "Both cannot hold; the record counts."),
    "industry_code": ("“{code}”不是 GB/T 4754 行业代码。", "\"{code}\" is no industry code of GB/T 4754.",
                      "请写门类字母和二至四位数字，如 C3670。", "Write the section letter and two to four digits, such as C3670."),
    # packs
    "unknown_pack": ("没有标准包“{pack}”。", "there is no pack \"{pack}\".", "{hint}", "{hint}"),
    "unknown_clause": ("没有条款“{clause}”。", "there is no clause \"{clause}\".", "{hint}", "{hint}"),
    "addressed_elsewhere": ("条款“{clause}”不以该企业为对象。", "clause \"{clause}\" does not address this company.",
                            "它的对象是带特征“{trait}”者。", "It addresses those with the trait \"{trait}\"."),
    "ambiguous_clause": ("“{clause}”见于多个标准包：{choices}。", "\"{clause}\" stands in several packs: {choices}.",
                         "请写全，如 {example}。", "Write it in full, for example {example}."),
    "repeated_name": ("“{name}”已在 {place} 定义。", "\"{name}\" is already defined at {place}.", "请改名或合并。", "Rename or merge them."),
    "path_prefix": ("“{fact}”是“{other}”的前缀。", "\"{fact}\" is the beginning of \"{other}\".",
                    "事实不能同时又是分组。", "A fact cannot be a group as well."),
    "wrong_topic": ("“{fact}”不属于主题“{topic}”。", "\"{fact}\" does not belong to the topic \"{topic}\".",
                    "请移到对应主题的文件。", "Move it to its topic's file."),
    "points_without_scoring": ("标准包“{pack}”没有 scoring，条款不能有分值。", "pack \"{pack}\" has no scoring, so its clauses have no points.",
                               "请在 pack.yaml 中写明评分办法，或删去 points。", "Say in pack.yaml how clauses are scored, or remove the points."),
    "discretion_limits": ("酌情给分的限度不对：下限须低于上限，上限不超过该条的 {worth} 分。",
                          "the limits of discretion are wrong: the least is below the most, and the most is not above the clause's {worth} points.",
                          "请照来源改正。", "Correct them by the source."),
    "cell_mismatch": ("条款“{clause}”不能与“{other}”合并评分：二者的 kind、section、applies_if 须相同，且后者自有 award。",
                      "clause \"{clause}\" cannot share the cell of \"{other}\": kind, section and applies_if have to be the same, and the other's award its own.",
                      "请改正其一。", "Correct one of them."),
    "grades_out_of_order": ("等级“{grade}”的范围与相邻等级不相接。", "the range of grade \"{grade}\" does not follow its neighbour's.",
                            "请从最好到最差排列，只有最低一级没有 from。", "List them from best to worst; only the lowest has no from."),
    "bands_out_of_order": ("档次“{band}”不与前一档相接。", "band \"{band}\" does not begin where the one before it ends.",
                           "请从低到高排列。", "List them from the lowest to the highest."),
    "condition_type": ("{fact} 的类型是 {type}，不能这样比较。", "{fact} is of type {type} and cannot be compared so.",
                       "{hint}", "{hint}"),
    "relation_mixed": ("关系的两边一边是日期一边是数，或对日期作了运算。", "this relation has a date on one side and a number on the other, or reckons with dates.",
                       "日期只能与日期比较。", "Compare dates with dates."),
    "condition_depth": ("条件嵌套超过 {limit} 层。", "the condition nests deeper than {limit} levels.", "请拆分或展平。", "Flatten or split it."),
    "unknown_section": ("没有章节“{section}”。", "there is no section \"{section}\".", "{hint}", "{hint}"),
    "nothing_selected": ("没有条款符合这一选择。", "no clause fits this selection.", "请检查章节与约束力。", "Check section and modality."),
    "circle": ("条款互相引用成环：{names}。", "clauses refer to each other in a circle: {names}.", "请打断这个环。", "Break the circle."),
    "note_wanted": ("被截断的条款必须有 source_note。", "a truncated clause needs a source_note.",
                    "请说明文字止于何处、采用何种读法。", "Say where the text stops and which reading is taken."),
    "no_packs": ("目录里没有标准包。", "no pack in this folder.", "标准包是含 pack.yaml 的子目录。", "A pack is a folder with a pack.yaml."),
    # asking
    "no_pack_applies": ("没有适用的标准包：企业特征为 {traits}。", "no pack applies: the company's traits are {traits}.",
                        "请补充 company.traits，或用 --pack 指定：{packs}。", "Add to company.traits, or name one with --pack: {packs}."),
    "nothing_evaluated": ("没有条款可判定。", "no clause was evaluated.", "请放宽 --pack 的选择。", "Choose another --pack."),
    "nothing_shown": ("筛选后没有任何发现。", "nothing is left after filtering.",
                      "该企业没有“{only}”的条款；请去掉 --only。", "No clause is \"{only}\" for this company; drop --only."),
    "bad_as_of": ("判定日“{said}”不是有效日期。", "the day \"{said}\" is not a date.",
                  "请写成 2024-12-31 的形式。", "Write it like 2024-12-31."),
    "engine_missing": ("此处没有规则引擎 durable-rules（{reason}），改用参考求值器。",
                       "the rule engine durable-rules is not available here ({reason}); the reference evaluator is in use.",
                       "安装方法：{remedy}", "To get it: {remedy}"),
    "file_and_command": ("“{name}”既是命令也是文件，按命令执行。", "\"{name}\" is both a command and a file; taken as the command.",
                         "指文件请写 ./{name}。", "Write ./{name} for the file."),
    "not_empty": ("目录不是空的。", "the folder is not empty.", "请换一个目录：不覆盖已有的文件。", "Name another one: nothing is overwritten."),
    "extra_missing": ("没有安装 {modules}。", "{modules} is not installed.",
                      "请安装附加部分：pip install \"esgcheck[{extra}]\"。", "Install the extra: pip install \"esgcheck[{extra}]\"."),
}

#: Messages quote no more than this of what was given.
QUOTE_LIMIT = 200

DID_YOU_MEAN = Text("是否想写“{nearest}”？", "Did you mean \"{nearest}\"?")
LIST_FACTS = Text("可用的事实见 esgcheck rules facts。", "See esgcheck rules facts for the facts there are.")


def problem(at: Place, code: str, /, *, fatal: bool = True, **words: object) -> Problem:
    """The problem of that code at a place, with its words filled in; a word that is a ``Text`` follows the language."""
    said_zh, said_en, remedy_zh, remedy_en = CATALOGUE[code]
    zh = {name: _shown(word.zh if isinstance(word, Text) else word) for name, word in words.items()}
    en = {name: _shown(word.en if isinstance(word, Text) else word) for name, word in words.items()}
    return Problem(
        at,
        code,
        Text(said_zh.format(**zh), said_en.format(**en)),
        Text(remedy_zh.format(**zh), remedy_en.format(**en)),
        fatal,
    )


def _shown(word: object) -> str:
    """What a message quotes of an input: one line, no control characters, at most :data:`QUOTE_LIMIT` characters."""
    text = "".join(character if character.isprintable() else "�" for character in str(word))
    return text if len(text) <= QUOTE_LIMIT else text[:QUOTE_LIMIT] + "…"


def nearest(name: str, known: Iterable[str], otherwise: Text) -> Text:
    """"Did you mean …?" with the closest of the known names, or another hint where none is close."""
    from difflib import get_close_matches

    found = get_close_matches(name[:QUOTE_LIMIT], list(known), n=1, cutoff=0.6)
    if not found:
        return otherwise
    return Text(DID_YOU_MEAN.zh.format(nearest=found[0]), DID_YOU_MEAN.en.format(nearest=found[0]))
