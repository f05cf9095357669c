import java.util.List;
import org.apache.rocketmq.common.PlainAccessConfig;

/** Users of ACL 1.0: lines of conf/plain_acl.yml, which the broker writes. */
final class AccessVerbs implements Verbs {
  private final Judge judge;

  AccessVerbs(Judge judge) {
    this.judge = judge;
  }

  /** {@code allow-sending user secret topic...}: these topics, and nothing else; a known user gets this secret. */
  @Override
  public boolean obey(String verb, List<String> arguments) throws Exception {
    if (!verb.equals("allow-sending")) return false;
    PlainAccessConfig user = new PlainAccessConfig();
    user.setAccessKey(arguments.get(0));
    user.setSecretKey(arguments.get(1));
    user.setAdmin(false);
    user.setDefaultTopicPerm("DENY");
    user.setDefaultGroupPerm("DENY");
    user.setTopicPerms(arguments.stream().skip(2).map(topic -> topic + "=PUB").toList());
    for (String broker : judge.masters().values()) judge.admin().createAndUpdatePlainAccessConfig(broker, user);
    return true;
  }
}
