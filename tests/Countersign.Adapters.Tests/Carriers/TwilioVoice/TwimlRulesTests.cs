using System.Xml.Linq;

namespace Countersign.Adapters.Tests.Carriers.TwilioVoice;

public class TwimlRulesTests
{
    [Theory]
    [InlineData("<Reply/>")]
    [InlineData("<Response>text</Response>")]
    [InlineData("<Response><Dial>1</Dial></Response>")]
    [InlineData("<Response><Say/></Response>")]
    [InlineData("<Response><Say language=\"xx\">a</Say></Response>")]
    [InlineData("<Response><Say volume=\"1\">a</Say></Response>")]
    [InlineData("<Response><Pause length=\"0\"/></Response>")]
    [InlineData("<Response><Hangup/><Say>a</Say></Response>")]
    [InlineData("<Response><Gather action=\"/voice\"/></Response>")]
    [InlineData("<Response><Gather><Say>a</Say></Gather></Response>")]
    [InlineData("<Response><Gather action=\"https://a.example\" numDigits=\"one\"/></Response>")]
    [InlineData("<Response><Gather action=\"https://a.example\"><Hangup/></Gather></Response>")]
    [InlineData("<Response><Gather action=\"https://a.example\"><Gather action=\"https://a.example\"/></Gather></Response>")]
    public void The_rules_notice_what_Twilio_would_refuse(string twiml) => Assert.NotEmpty(TwimlRules.Violations(XElement.Parse(twiml)));

    [Fact]
    public void The_rules_let_a_right_document_pass() =>
        Assert.Empty(TwimlRules.Violations(XElement.Parse(
            "<Response><Gather action=\"https://a.example/?a=1\" numDigits=\"1\"><Say language=\"en-US\">a</Say><Pause length=\"1\"/></Gather><Hangup/></Response>")));
}
